"""Pictures for people: figures drawn with matplotlib, which is loaded only when a figure is drawn."""
