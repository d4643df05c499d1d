extension Verification {
  /// How far a figure of a layout is from that of the plain batch.
  public struct Difference: Sendable, Equatable {
    /// The largest difference, as a part of the figure's size: the largest number or, of a sum, the largest sum of
    /// magnitudes. Infinite where one side is not a number.
    public var largest: Double
    /// Whether all bits are the same.
    public var isSameBits: Bool

    static let none = Difference(largest: 0, isSameBits: true)

    /// Whether a promise is kept.
    public func keeps(_ promise: Promise) -> Bool {
      switch promise {
      case .sameBits: isSameBits
      case .within(let limit): isSameBits || largest <= limit
      }
    }
  }
}

extension Verification.Difference: Encodable {
  private enum CodingKeys: CodingKey { case largest, isSameBits }

  /// Writes both, the largest difference as null where it is infinite: JSON has no such number.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(largest.isFinite ? largest : nil, forKey: .largest)
    try container.encode(isSameBits, forKey: .isSameBits)
  }
}

extension Verification.Difference {
  /// Between numbers that should agree.
  /// - Parameter size: what a difference is a part of; nil means the largest of `expected`. Numbers that are sums have
  ///   the size of what was summed: where that cancels, no sum in another order is near in its own digits.
  init(_ actual: [Float], _ expected: [Float], size: Double? = nil) {
    isSameBits = actual.count == expected.count && zip(actual, expected).allSatisfy { $0.bitPattern == $1.bitPattern }
    guard !isSameBits, actual.count == expected.count else {
      largest = isSameBits ? 0 : .infinity
      return
    }
    var (difference, largestNumber) = (0.0, 0.0)
    for (one, other) in zip(actual, expected) where one.bitPattern != other.bitPattern {
      let distance = abs(Double(one) - Double(other))
      difference = distance.isNaN ? .infinity : max(difference, distance)
    }
    for number in expected where number.isFinite { largestNumber = max(largestNumber, abs(Double(number))) }
    largest = difference == 0 ? 0 : difference / max(size ?? largestNumber, .leastNormalMagnitude)
  }

  /// Between two sums of numbers that are not negative.
  init(_ actual: Double, _ expected: Double) {
    isSameBits = actual.bitPattern == expected.bitPattern
    let distance = abs(actual - expected) / max(abs(expected), .leastNormalMagnitude)
    largest = isSameBits ? 0 : distance.isNaN ? .infinity : distance
  }

  func joined(_ other: Self) -> Self {
    Self(largest: max(largest, other.largest), isSameBits: isSameBits && other.isSameBits)
  }
}
