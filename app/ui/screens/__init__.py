"""The screens of the station's window."""
