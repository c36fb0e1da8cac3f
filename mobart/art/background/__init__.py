"""Finding the background of a picture and cutting it out."""
