public import RaggedCore

/// How several trainers ("ranks") that take every step together hand numbers to each other.
///
/// All ranks have the same model, options and state. What a rank brings to a step is its ``division``: some shares of a
/// batch that all of them have, or a batch of its own. Sums go from rank to rank in the order of the ranks and are the
/// library's own, see ``BatchDivision``; a conformance hands bytes over and nothing else. Every rank then goes on from
/// the same numbers, so that clipping, divergence, the optimiser and early stopping come to the same everywhere.
///
/// An error ends the step: weights, optimiser and states are then as before.
public protocol GradientExchange: Sendable {
  /// This rank, from 0.
  var rank: Int { get }
  /// The number of ranks.
  var worldSize: Int { get }
  /// What each rank brings to a step; the same on all of them.
  var division: BatchDivision { get }
  /// Hands bytes to another rank: those of two calls arrive in their order. It may return before they have arrived, or wait
  /// until the other asks for them.
  /// - Throws: ``RankError`` where the other has ended, or will.
  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws
  /// Fills a buffer with the bytes that another rank sends, which are as many.
  /// - Throws: ``RankError`` where the other has ended, or will.
  func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws
  /// Has the others end too, after an error: what they wait for from this rank throws ``RankError``.
  /// - Parameter failure: what ended this rank: an error of its own, or of another rank that it was told of.
  /// - Returns: the failure to report: that of the first of the ranks that had one of their own, as far as is known.
  func abandon(_ failure: RankError) -> RankError
  /// Looks whether another rank has ended, for a rank that works by itself for long; cheap enough to be called after every step,
  /// and from any thread while no other call is under way.
  /// - Throws: ``RankError`` where one has.
  func checkOthers() throws
  /// Waits in `body` for the others however long they are silent: they have work of their own that ends at another time.
  func waitingForLong<Value>(_ body: () throws -> Value) rethrows -> Value
}

extension GradientExchange {
  /// Nothing is looked at: what is waited for later says it.
  public func checkOthers() throws {}
  /// The wait is as any other.
  public func waitingForLong<Value>(_ body: () throws -> Value) rethrows -> Value { try body() }
}

/// What each rank brings to a step of training.
public enum BatchDivision: String, Sendable, CaseIterable {
  /// Every rank is given the same batch, and computes some of the shares into which the batch's lengths alone cut it. The
  /// shares are summed in their order, whichever rank has them, so that a run ends in the same bits for any number of
  /// ranks, one included.
  case shares
  /// Every rank is given a batch of its own, which may be empty: `ShardedBatches`. Their gradients are summed in the order
  /// of the ranks and divided by the total weight: a step is that of one batch of all their sequences.
  case batches
}

/// One trainer alone: its part is the whole batch.
public struct LocalExchange: GradientExchange {
  /// The exchange of one rank.
  public init() {}

  /// The first of one.
  public var rank: Int { 0 }
  /// One.
  public var worldSize: Int { 1 }
  /// All shares of a batch.
  public var division: BatchDivision { .shares }
  /// Is not called: there is nobody else.
  public func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) {}
  /// Is not called: there is nobody else.
  public func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) {}
  /// Nobody else has to end.
  public func abandon(_ failure: RankError) -> RankError { failure }
}

/// The ranks of another exchange, with another division.
private struct DividingExchange: GradientExchange {
  let base: any GradientExchange
  let division: BatchDivision

  var rank: Int { base.rank }
  var worldSize: Int { base.worldSize }
  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws { try base.send(bytes, to: rank) }
  func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws {
    try base.receive(into: bytes, from: rank)
  }
  func abandon(_ failure: RankError) -> RankError { base.abandon(failure) }
  func checkOthers() throws { try base.checkOthers() }
  func waitingForLong<Value>(_ body: () throws -> Value) rethrows -> Value { try base.waitingForLong(body) }
}

extension GradientExchange {
  /// The same ranks, of which each brings something else to a step.
  public func dividing(_ division: BatchDivision) -> any GradientExchange {
    division == self.division ? self : DividingExchange(base: self, division: division)
  }
}

/// What ended the work of several ranks.
public struct RankError: RaggedError, Equatable, Codable {
  /// The rank at fault.
  public let rank: Int
  /// What is wrong there.
  public let message: String
  /// Whether that rank can say so itself; it cannot where it is gone.
  public let isReported: Bool
  private let code: Int32

  /// A failure of a rank.
  /// - Parameters:
  ///   - rank: the one at fault.
  ///   - message: what is wrong there.
  ///   - failureClass: what it means to the caller, there and here.
  ///   - isReported: whether the rank says so itself.
  public init(rank: Int, _ message: String, _ failureClass: FailureClass, isReported: Bool = true) {
    (self.rank, self.message, self.isReported, code) = (rank, message, isReported, failureClass.rawValue)
  }

  /// An error of a rank.
  public init(rank: Int, _ error: any Error) {
    if let error = error as? RankError {
      self = error
    } else {
      let known = error as? any RaggedError
      self.init(rank: rank, known?.message ?? "\(error)", known?.failureClass ?? .software)
    }
  }

  /// What it means to the caller, there and here.
  public var failureClass: FailureClass { FailureClass(rawValue: code) ?? .software }
}
