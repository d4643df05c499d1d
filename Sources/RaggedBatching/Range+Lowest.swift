extension Range<Int> {
  /// The first number from which on a condition holds, which does not hold before it; the upper bound where it never
  /// does. O(log count).
  package func lowest(where holds: (Int) -> Bool) -> Int {
    var (low, high) = (lowerBound, upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
