"""Tables with known cells, their files, and judges that do not share code with the readers."""
