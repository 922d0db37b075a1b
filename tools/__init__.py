"""What is made of the code: documents. Never installed, and nothing of the program needs it."""
