"""What whoever runs Harvest has in hand: the command line, the setup, the doctor, the demo."""
