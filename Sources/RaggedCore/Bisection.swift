extension Range<Int> {
  /// The first number for which something holds; the upper bound where there is none. What holds for a number must hold for
  /// all behind it. O(log count).
  @inlinable
  package func bisected(where holds: (Int) -> Bool) -> Int {
    var (low, high) = (lowerBound, upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
