"""What only an emulator has, below `/_emulator`: faults, people and repositories, presses of a button, the request log."""
