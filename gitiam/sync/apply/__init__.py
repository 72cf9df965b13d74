"""From a change to access: planned, judged, applied and recorded, whatever dies on the way."""
