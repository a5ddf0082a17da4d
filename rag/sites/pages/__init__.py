"""What a page is: its address, kind, links and file."""
