"""`vitascope doctor`: what this machine can run, found out before anything is downloaded."""
