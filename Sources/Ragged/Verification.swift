import RaggedBatching
import RaggedCore

/// What came of computing the same sequences in several layouts: see ``TrainedModel/verify(_:sequences:seed:threads:isInterrupted:)``.
public struct Verification: Sendable, Equatable, Encodable {
  /// What a layout promises of a figure, against all sequences together in one batch without padding.
  public enum Promise: Sendable, Equatable {
    /// The same bits.
    case sameBits
    /// A difference of at most this part of the largest number.
    case within(Double)
  }

  /// How far a figure of a layout is from that of the plain batch.
  public struct Difference: Sendable, Equatable, Encodable {
    /// The largest difference, as a part of the largest number; infinite where one side is not a number.
    public var largest: Double
    /// Whether all bits are the same.
    public var isSameBits: Bool

    /// Whether a promise is kept.
    public func keeps(_ promise: Promise) -> Bool {
      switch promise {
      case .sameBits: isSameBits
      case .within(let limit): isSameBits || largest <= limit
      }
    }
  }

  /// A layout and its figures.
  public struct Check: Sendable, Equatable, Encodable {
    /// How the sequences were laid out.
    public var layout: String
    /// Outputs at real timesteps, or of sequences.
    public var outputs: Difference
    /// What is promised of them.
    public var outputPromise: Promise
    /// The sum of all losses.
    public var loss: Difference
    /// The sums of the gradients of all weights.
    public var gradients: Difference
    /// What is promised of loss and gradients.
    public var sumPromise: Promise
    /// Whether everything is as promised.
    public var holds: Bool {
      outputs.keeps(outputPromise) && loss.keeps(sumPromise) && gradients.keeps(sumPromise)
    }
  }

  /// Whether a plan takes every sequence once.
  public struct Coverage: Sendable, Equatable, Encodable {
    /// What was planned.
    public var plan: String
    /// Sequences planned.
    public var sequences: Int
    /// Batches of all epochs and ranks looked at.
    public var batches: Int
    /// What is wrong; nil where every sequence is taken once or listed as left out, and no limit is exceeded.
    public var problem: String?
  }

  /// Sequences computed.
  public var sequences: Int
  /// Their real timesteps.
  public var timesteps: Int
  /// The layouts.
  public var checks: [Check]
  /// The plans.
  public var coverage: [Coverage]

  /// Whether everything is as promised.
  public var holds: Bool { checks.allSatisfy(\.holds) && coverage.allSatisfy { $0.problem == nil } }

  /// What is not as promised, in a sentence each.
  public var problems: [String] {
    checks.flatMap { check -> [String] in
      [
        ("outputs", check.outputs, check.outputPromise), ("the loss", check.loss, check.sumPromise),
        ("the gradients", check.gradients, check.sumPromise),
      ].filter { !$0.1.keeps($0.2) }.map { name, difference, promise in
        "\(check.layout): \(name) differ by \(difference.largest) of the largest number, promised \(promise)"
      }
    }
      + coverage.compactMap { plan in plan.problem.map { "\(plan.plan): \($0)" } }
  }
}

extension Verification.Promise: CustomStringConvertible, Encodable {
  /// `the same bits`, or `at most 1e-05`.
  public var description: String {
    switch self {
    case .sameBits: "the same bits"
    case .within(let limit): "at most \(limit)"
    }
  }

  /// Writes the largest difference allowed, 0 for the same bits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .sameBits: try container.encode(0.0)
    case .within(let limit): try container.encode(limit)
    }
  }
}

extension Verification.Difference {
  /// Between numbers that should agree.
  init(_ actual: [Float], _ expected: [Float]) {
    isSameBits = actual.map(\.bitPattern) == expected.map(\.bitPattern)
    guard !isSameBits, actual.count == expected.count else {
      largest = isSameBits ? 0 : .infinity
      return
    }
    var (difference, size) = (0.0, 0.0)
    for (one, other) in zip(actual, expected) where one.bitPattern != other.bitPattern {
      let distance = abs(Double(one) - Double(other))
      difference = distance.isNaN ? .infinity : max(difference, distance)
    }
    for number in expected where number.isFinite { size = max(size, abs(Double(number))) }
    largest = difference == 0 ? 0 : difference / max(size, .leastNormalMagnitude)
  }

  /// Between two sums.
  init(_ actual: Double, _ expected: Double) {
    isSameBits = actual.bitPattern == expected.bitPattern
    let distance = abs(actual - expected) / max(abs(expected), .leastNormalMagnitude)
    largest = isSameBits ? 0 : distance.isNaN ? .infinity : distance
  }

  /// The larger of two.
  func joined(_ other: Self) -> Self {
    Self(largest: max(largest, other.largest), isSameBits: isSameBits && other.isSameBits)
  }
}
