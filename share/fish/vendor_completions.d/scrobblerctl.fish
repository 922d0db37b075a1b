# Completion of scrobblerctl for fish: scrobblerctl completion fish

# Whether the command so far is $argv[1], followed by $argv[2] values ("1+" = or more).
function __scrobblerctl_at
    set -l at ''
    set -l given 0
    set -l option ''
    for word in (commandline -opc)[2..-1]
        set -l below (string trim -- "$at $word")
        if test -n "$option"
            set option ''
        else if contains -- $word --album --album-artist --artist --format --genre --html --length --limit --player --since --state --track --url -f -n
            set option $word
        else if string match -q -- '-*' $word
            continue
        else if test $given = 0; and contains -- $below 'login' 'logout' 'status' 'watch' 'now' 'history' 'explain' 'stats' 'queue' 'queue list' 'queue retry' 'queue drop' 'queue edit' 'queue export' 'queue claim' 'love' 'unlove' 'loved' 'loved list' 'loved import' 'loved export' 'loved unmatched' 'library' 'library scan' 'players' 'skip' 'pause' 'resume' 'test-filter' 'settings' 'reload' 'doctor' 'record' 'completion'
            set at $below
        else
            set given (math $given + 1)
        end
    end
    test "$at" = "$argv[1]"; or return
    switch "$argv[2]"
        case ''
            return 0
        case '*+'
            test $given -ge (string trim -c + -- $argv[2])
        case '*'
            test $given = $argv[2]
    end
end

# What only the bus knows. Nothing is started for that.
function __scrobblerctl_ask
    command -q busctl; or return
    switch $argv[1]
        case PLAYER
            busctl --user --auto-start=no --timeout=1 -j call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ListNames 2>/dev/null | grep -o 'org.mpris.MediaPlayer2.[^"]*' | cut -d . -f 4-
        case PLAY
            busctl --user --auto-start=no --timeout=1 -j call org.scrobblerd.Scrobbler1 /org/scrobblerd/Scrobbler1 org.scrobblerd.Scrobbler1 GetHistory ux 30 0 2>/dev/null | sed 's/},{"id"/}\n{"id"/g' | sed -n 's/.*"id":{"type":"x","data":\([0-9]*\)}.*"artist":{"type":"s","data":"\(.*\)"},"t[a-z]*":{"type":"s","data":"\(.*\)"},"album":.*/\1\t\3 by \2/p'
        case ROW
            busctl --user --auto-start=no --timeout=1 -j call org.scrobblerd.Scrobbler1 /org/scrobblerd/Scrobbler1 org.scrobblerd.Scrobbler1 ListQueue sux rejected 30 0 2>/dev/null | sed 's/},{"id"/}\n{"id"/g' | sed -n 's/.*"id":{"type":"x","data":\([0-9]*\)}.*"artist":{"type":"s","data":"\(.*\)"},"t[a-z]*":{"type":"s","data":"\(.*\)"},"album":.*/\1\t\3 by \2/p'
        case ACCOUNT
            busctl --user --auto-start=no --timeout=1 -j call org.scrobblerd.Scrobbler1 /org/scrobblerd/Scrobbler1 org.scrobblerd.Scrobbler1 ListQueue sux held 200 0 2>/dev/null | grep -o '"account":{"type":"s","data":"[^"]*' | sed 's/.*"//' | sort -u
    end
end

complete -c scrobblerctl -f
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a login -d 'log in at Last.fm'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a logout -d 'forget the login; the queue is kept'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a status -d 'what scrobblerd is doing, at a glance'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a watch -d 'the status, live, until Ctrl-C'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a now -d 'what plays now, in a line: for status bars'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a history -d 'what was played, and its verdicts'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a explain -d 'why a play was scrobbled, or was not'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a stats -d 'what was listened to, in bars'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a queue -d 'what waits to be scrobbled'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a love -d 'love a track'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a unlove -d 'take a love back'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a loved -d 'loved tracks of the library'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a library -d 'your music folders'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a players -d 'players, and which are listened to'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a skip -d 'do not scrobble what plays now'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a pause -d 'scrobble nothing for a while'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a resume -d 'end a pause'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a test-filter -d 'what the rules make of a track'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a settings -d 'show or change settings'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a reload -d 'read config.toml again'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a doctor -d 'check everything, with remedies'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a record -d 'record the players, for a bug report'
complete -c scrobblerctl -n '__scrobblerctl_at "" 0' -a completion -d 'print completion for a shell'
complete -c scrobblerctl -n '__scrobblerctl_at ""' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at ""' -l version -d 'show the version'
complete -c scrobblerctl -n '__scrobblerctl_at "login"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "login"' -l no-browser -d 'only show the address'
complete -c scrobblerctl -n '__scrobblerctl_at "login"' -l new-key -d 'ask for another API key first'
complete -c scrobblerctl -n '__scrobblerctl_at "logout"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "status"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "status"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "watch"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "watch"' -l json -d 'one document a line, at every change'
complete -c scrobblerctl -n '__scrobblerctl_at "now"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "now"' -s f -l format -x -d 'fields in braces, such as {artist}, {title}, {percent}; default: {artist} – {title}'
complete -c scrobblerctl -n '__scrobblerctl_at "now"' -l follow -d 'a line at every change, until Ctrl-C'
complete -c scrobblerctl -n '__scrobblerctl_at "now"' -l player -x -a '(__scrobblerctl_ask PLAYER)' -d 'only this player'
complete -c scrobblerctl -n '__scrobblerctl_at "now"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "history"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "history"' -s n -l limit -x -d 'how many, 0 = all; default: 20, or all since WHEN'
complete -c scrobblerctl -n '__scrobblerctl_at "history"' -l since -x -a 'today yesterday 7d 30d all' -d 'no older than this'
complete -c scrobblerctl -n '__scrobblerctl_at "history"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "explain"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "explain"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "explain" 0' -a '(__scrobblerctl_ask PLAY)'
complete -c scrobblerctl -n '__scrobblerctl_at "stats"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "stats"' -l since -x -a 'today yesterday 7d 30d all' -d 'where the figures begin; default: 30d'
complete -c scrobblerctl -n '__scrobblerctl_at "stats"' -l html -r -F -d 'a page with charts instead; - = output'
complete -c scrobblerctl -n '__scrobblerctl_at "stats"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "queue" 0' -a list -d 'list the queue (default)'
complete -c scrobblerctl -n '__scrobblerctl_at "queue" 0' -a retry -d 'send now what waits, or only these rows'
complete -c scrobblerctl -n '__scrobblerctl_at "queue" 0' -a drop -d 'take rows out of the queue for good'
complete -c scrobblerctl -n '__scrobblerctl_at "queue" 0' -a edit -d 'send a rejected row with other tags'
complete -c scrobblerctl -n '__scrobblerctl_at "queue" 0' -a export -d 'the whole queue as a file'
complete -c scrobblerctl -n '__scrobblerctl_at "queue" 0' -a claim -d 'send what waits for another account'
complete -c scrobblerctl -n '__scrobblerctl_at "queue"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue"' -l state -x -a 'pending held rejected expired sent' -d 'only these: pending, held, rejected, expired or sent'
complete -c scrobblerctl -n '__scrobblerctl_at "queue"' -s n -l limit -x -d 'how many, 0 = all; default: 20'
complete -c scrobblerctl -n '__scrobblerctl_at "queue"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "queue list"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue list"' -l state -x -a 'pending held rejected expired sent' -d 'only these: pending, held, rejected, expired or sent'
complete -c scrobblerctl -n '__scrobblerctl_at "queue list"' -s n -l limit -x -d 'how many, 0 = all; default: 20'
complete -c scrobblerctl -n '__scrobblerctl_at "queue list"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "queue retry"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue retry" 0+' -a '(__scrobblerctl_ask ROW)'
complete -c scrobblerctl -n '__scrobblerctl_at "queue drop"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue drop"' -s y -l yes -d 'do not ask'
complete -c scrobblerctl -n '__scrobblerctl_at "queue drop" 0+' -a '(__scrobblerctl_ask ROW)'
complete -c scrobblerctl -n '__scrobblerctl_at "queue edit"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue edit"' -l artist -x -d 'what it becomes'
complete -c scrobblerctl -n '__scrobblerctl_at "queue edit"' -l track -x -d 'what it becomes'
complete -c scrobblerctl -n '__scrobblerctl_at "queue edit"' -l album -x -d 'what it becomes'
complete -c scrobblerctl -n '__scrobblerctl_at "queue edit"' -l album-artist -x -d 'what it becomes'
complete -c scrobblerctl -n '__scrobblerctl_at "queue edit" 0' -a '(__scrobblerctl_ask ROW)'
complete -c scrobblerctl -n '__scrobblerctl_at "queue export"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue export"' -l state -x -a 'pending held rejected expired sent' -d 'only these: pending, held, rejected, expired or sent'
complete -c scrobblerctl -n '__scrobblerctl_at "queue export"' -l format -x -a 'json csv listens' -d 'json, csv, or listens: JSON lines as ListenBrainz takes them; default: json'
complete -c scrobblerctl -n '__scrobblerctl_at "queue export" 0' -F
complete -c scrobblerctl -n '__scrobblerctl_at "queue claim"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "queue claim" 0' -a '(__scrobblerctl_ask ACCOUNT)'
complete -c scrobblerctl -n '__scrobblerctl_at "love"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "unlove"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "loved" 0' -a list -d 'list loved tracks (default)'
complete -c scrobblerctl -n '__scrobblerctl_at "loved" 0' -a import -d 'mark what is loved at Last.fm'
complete -c scrobblerctl -n '__scrobblerctl_at "loved" 0' -a export -d 'loved tracks as a file'
complete -c scrobblerctl -n '__scrobblerctl_at "loved" 0' -a unmatched -d 'loved tracks that the library does not have'
complete -c scrobblerctl -n '__scrobblerctl_at "loved"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "loved"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "loved list"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "loved list"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "loved import"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "loved import"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "loved export"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "loved export"' -l format -x -a 'm3u8 json csv' -d 'm3u8 (local files), json or csv; default: json'
complete -c scrobblerctl -n '__scrobblerctl_at "loved export" 0' -F
complete -c scrobblerctl -n '__scrobblerctl_at "loved unmatched"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "loved unmatched"' -s n -l limit -x -d 'how many; default: 200, which is the most'
complete -c scrobblerctl -n '__scrobblerctl_at "loved unmatched"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "library" 0' -a scan -d 'read the tags of what is new or changed'
complete -c scrobblerctl -n '__scrobblerctl_at "library"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "library scan"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "library scan"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "players"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "players"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "skip"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "skip" 0' -a '(__scrobblerctl_ask PLAYER)'
complete -c scrobblerctl -n '__scrobblerctl_at "pause"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "pause" 0' -a '15m 30m 1h 2h'
complete -c scrobblerctl -n '__scrobblerctl_at "resume"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -l album -x -d 'its album'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -l album-artist -x -d 'the artist of the album'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -l url -x -d 'its address, as the player has it'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -l length -x -a '15m 30m 1h 2h' -d 'how long it is'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -l genre -x -d 'a genre; may be repeated'
complete -c scrobblerctl -n '__scrobblerctl_at "test-filter"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "settings"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "settings"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "settings" 0' -a 'enabled scrobble_threshold username authenticated configured paused_until'
complete -c scrobblerctl -n '__scrobblerctl_at "settings" 1' -a 'on off'
complete -c scrobblerctl -n '__scrobblerctl_at "reload"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "doctor"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "doctor"' -l json -d 'the answer as JSON'
complete -c scrobblerctl -n '__scrobblerctl_at "record"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "record" 0' -F
complete -c scrobblerctl -n '__scrobblerctl_at "completion"' -s h -l help -d 'show a summary'
complete -c scrobblerctl -n '__scrobblerctl_at "completion" 0' -a 'bash zsh fish'
