"""What is known: clues, lots, people and approval cases, as of now or then."""
