import Ragged
print("{}")
