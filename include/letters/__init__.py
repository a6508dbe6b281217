"""What goes back to a submitter: a letter every night, and the guide that says what to send and how."""
