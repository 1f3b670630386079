"""Given pictures and films: frames at their times, and continuations by optical flow."""
