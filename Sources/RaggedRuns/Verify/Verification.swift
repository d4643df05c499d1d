import RaggedBatching
import RaggedCore

/// What came of computing the same sequences in several layouts: see ``TrainedModel/verify(_:sequences:seed:threads:monitor:)``.
public struct Verification: Sendable, Equatable, Encodable {
  /// What a layout promises of a figure, against all sequences together in one batch without padding.
  public enum Promise: Sendable, Equatable {
    /// The same bits.
    case sameBits
    /// A difference of at most this part of the figure's size.
    case within(Double)
  }

  /// A layout and its figures.
  public struct Check: Sendable, Equatable, Encodable {
    /// How the sequences were laid out.
    public var layout: String
    /// Outputs at real timesteps, or of sequences.
    public var outputs: Difference
    /// What is promised of them.
    public var outputPromise: Promise
    /// The sum of all losses, and what it is divided by.
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
    /// Sequences to plan, or windows of them.
    public var sequences: Int
    /// Batches of all ranks.
    public var batches: Int
    /// Sequences that the plan lists as left out, because they fill no batch.
    public var leftOut: Int
    /// Why there is no plan: a sequence that is longer than the policy allows any batch to be. That is a matter of the
    /// data and breaks no promise.
    public var refusal: String?
    /// What is wrong; nil where every sequence is taken once or listed as left out, and no limit is exceeded.
    public var problem: String?
  }

  /// Sequences computed.
  public var sequences: Int
  /// Their timesteps.
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
        ("outputs differ", check.outputs, check.outputPromise), ("the loss differs", check.loss, check.sumPromise),
        ("the gradients differ", check.gradients, check.sumPromise),
      ].filter { !$0.1.keeps($0.2) }.map { what, difference, promise in
        "\(check.layout): \(what) by \(difference.largest) of their size, promised \(promise)"
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
