"""Records and evidence of judged parts."""
