"""The shapes of Last.fm's answers and errors: JSON and XML.

Pure: makes bytes; opens no socket and keeps no state.
"""

from typing import Any, Literal, cast
from xml.etree import ElementTree as ET

from lab.reply import Reply, json_reply

Tree = dict[str, Any]
"""An answer as Last.fm's JSON has it; XML is made from the same tree."""

Ignored = tuple[int, str]
"""The code and the text of one item's `ignoredMessage`; code 0 means kept."""

Shape = Literal["json", "string", "gnu", "xml"]
"""How an error looks: Last.fm's JSON, the same with the code as a string, GNU FM's JSON, XML."""

XML_TYPE = "text/xml; charset=utf-8"

TOKEN_NOT_ISSUED = "Unauthorized Token - This token has not been issued"
TOO_MANY_REQUESTS = (
    "Rate Limit Exceeded - Your IP has made too many requests in a short period, "
    "exceeding our API guidelines"
)
TOO_MANY_SCROBBLES = (
    "Rate Limit Exceeded - Too many scrobbles in a short period. Please try again later."
)

ERRORS: dict[int, tuple[int, str]] = {
    2: (400, "Invalid service - This service does not exist"),
    3: (400, "Invalid Method - No method with that name in this package"),
    4: (403, "Authentication Failed - You do not have permissions to access the service"),
    5: (400, "Invalid format - This service doesn't exist in that format"),
    6: (400, "Invalid parameters - Your request is missing a required parameter"),
    7: (400, "Invalid resource specified"),
    8: (500, "Operation failed - Most likely the backend service failed. Please try again."),
    9: (403, "Invalid session key - Please re-authenticate"),
    10: (403, "Invalid API key - You must be granted a valid key by last.fm"),
    11: (503, "Service Offline - This service is temporarily offline. Try again later."),
    13: (400, "Invalid method signature supplied"),
    14: (403, "Unauthorized Token - This token has not been authorized"),
    15: (403, "Unauthorized Token - This token has expired"),
    16: (503, "The service is temporarily unavailable, please try again."),
    17: (403, "Login: User required to be logged in"),
    26: (
        403,
        "API Key Suspended - This application is not allowed to make requests to the web services",
    ),
    29: (429, TOO_MANY_REQUESTS),
}
"""Error code → the HTTP status it usually comes with, and its text. A code not listed is a 400."""


class ApiError(Exception):
    """A failure that Last.fm reports in the body: `code`, `message`, and its HTTP `status`."""

    def __init__(self, code: int, message: str | None = None, status: int | None = None) -> None:
        usual_status, usual_message = ERRORS.get(code, (400, f"Error {code}"))
        self.code = code
        self.message = usual_message if message is None else message
        self.status = usual_status if status is None else status
        super().__init__(f"{code}: {self.message}")


def xml_reply(tree: Tree) -> Reply:
    """Returns the tree as Last.fm's XML, inside `<lfm status="ok">`."""
    root = _element("lfm", tree)
    root.set("status", "ok")
    return _xml(root, 200)


def error_reply(error: ApiError, shape: Shape = "json") -> Reply:
    """Returns the error in one of the shapes that Last.fm and its clones send."""
    if shape == "xml":
        root = ET.Element("lfm", status="failed")
        ET.SubElement(root, "error", code=str(error.code)).text = error.message
        return _xml(root, error.status)
    if shape == "gnu":
        tree: Tree = {"error": {"#text": error.message, "code": str(error.code)}}
        return json_reply(tree, error.status)
    code = str(error.code) if shape == "string" else error.code
    return json_reply({"error": code, "message": error.message}, error.status)


def as_list(value: Any) -> list[Any]:
    """Returns a list. Last.fm gives a list, or the item itself if there is only one."""
    return cast(list[Any], value) if isinstance(value, list) else [value]


def _xml(root: ET.Element, status: int) -> Reply:
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Reply(status, body, {"Content-Type": XML_TYPE})


def _element(name: str, value: Any) -> ET.Element:
    """Turns JSON back into the XML of which Last.fm made it."""
    element = ET.Element(name)
    if not isinstance(value, dict):
        element.text = str(value)
        return element
    tree = cast(Tree, value)
    # Only the neighbours tell an attribute from a child: beside a text there can be no children.
    flat = "#text" in tree or tree.keys() == {"corrected"}
    for key, child in tree.items():
        if key == "#text":
            element.text = str(child)
        elif key == "@attr":
            element.attrib.update({n: str(v) for n, v in cast(Tree, child).items()})
        elif flat:
            element.set(key, str(child))
        else:
            element.extend(_element(key, item) for item in as_list(child))
    return element
