extension Int {
  /// The most of what is counted: timesteps of a sequence, sequences, epochs, steps. Places are 32 bits wide, and sums and
  /// products of two such numbers are still numbers.
  package static let largestCount = Int(Int32.max)

  /// The number with a comma between thousands: `4,274`.
  public var grouped: String {
    var digits = Array(String(magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (self < 0 ? "-" : "") + String(digits)
  }

  /// The number with the word for it: `1 sequence`, `4,274 sequences`.
  /// - Parameter plural: the word for several where it is another than with an "s".
  package func counted(_ singular: String, _ plural: String? = nil) -> String {
    "\(grouped) \(self == 1 ? singular : plural ?? singular + "s")"
  }
}
