import Ragged

print("{}")
