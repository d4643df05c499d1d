import RaggedCore

/// One of several ends of a ``Sequential`` model: layers of its own behind those that all share.
///
/// Its name is that of the target that it is for: `activity@1`.
public struct ModelHead: Sendable, Equatable, Codable {
  /// What it is called.
  public var name: String
  /// Its layers, from the first behind the shared ones to its output.
  public var layers: [LayerSpec]

  /// A head of these layers.
  public init(_ name: String, _ layers: [any Layer]) { (self.name, self.layers) = (name, layers.map(\.spec)) }
}

/// How the outputs of one of several heads are judged.
public struct HeadLoss: Sendable, Equatable, Codable {
  /// What is made small.
  public var loss: Loss
  /// The factor of the head's loss in the total, 0 or more; a head of weight 0 is judged and teaches nothing.
  public var weight: Double

  /// A loss with its factor in the total.
  public init(_ loss: Loss, weight: Double = 1) { (self.loss, self.weight) = (loss, weight) }

  /// The largest weight that can be asked for.
  package static let largestWeight = 1e30
}

/// Where a program gives outputs: the operations behind those that all heads share, or all of them where there is one end.
struct ProgramEnd: Sendable {
  /// The head's name; nil for the one end of an ordinary model.
  var name: String?
  /// Its operations among those of the program.
  var operations: Range<Int>
  /// Its weights among all parameters.
  var parameters: Range<Int>
  /// Width of its output.
  var width: Int
  /// Whether its output has one row per sequence rather than timesteps.
  var isPerSequence: Bool
}

extension Program {
  /// The operations that all heads share; none where there is one end, which has all of them.
  var trunk: Range<Int> { 0..<(heads.first?.operations.lowerBound ?? 0) }

  /// Where outputs come out: one end, or the heads.
  var ends: [ProgramEnd] {
    heads.isEmpty
      ? [
        ProgramEnd(
          operations: operations.indices, parameters: 0..<parameterCount, width: outputWidth,
          isPerSequence: isPerSequence)
      ] : heads
  }
}

extension ProgramBuilder {
  /// Adds heads behind the layers so far, each of which begins where these end.
  mutating func add(_ heads: [ModelHead]) throws {
    let trunk = program
    let directions = lastParts
    for (number, head) in heads.enumerated() {
      try check(!head.layers.isEmpty, "the head \"\(head.name)\" has no layers")
      try check(
        !heads[..<number].contains { $0.name.isExactly(head.name) }, "two heads are called \"\(head.name)\"")
      (program.outputWidth, program.isPerSequence) = (trunk.outputWidth, trunk.isPerSequence)
      lastParts = directions
      let (operations, parameters, rows) = (
        program.operations.count, program.parameterCount, program.rows.count
      )
      do {
        try add(head.layers)
      } catch let error as TrainingError {
        throw TrainingError(error.code, "the head \"\(head.name)\": \(error.message)")
      }
      for row in rows..<program.rows.count { program.rows[row].head = head.name }
      program.heads.append(
        ProgramEnd(
          name: head.name, operations: operations..<program.operations.count,
          parameters: parameters..<program.parameterCount, width: program.outputWidth,
          isPerSequence: program.isPerSequence))
    }
    program.isPerSequence = program.heads.allSatisfy(\.isPerSequence)
    program.outputWidth = program.heads.reduce(0) { $0 + $1.width }
    (program.tailStart, program.tailWidth) = (trunk.tailStart, trunk.tailWidth)
    program.showsZerosWhereMasked = trunk.showsZerosWhereMasked
  }
}

extension Sequential {
  /// The model that one of the heads makes with the shared layers, alone: an ordinary one, with the weights as they are.
  /// - Parameter place: the head's place among ``heads``.
  /// - Throws: ``TrainingError`` for a place that there is not.
  public func head(_ place: Int) throws -> Sequential {
    guard program.heads.indices.contains(place) else {
      throw TrainingError(.invalidModel, "the model has \(heads.count.counted("head")), none at \(place)")
    }
    let shared = program.heads[0].parameters.lowerBound
    return try Sequential(
      input: input, specs: layers + heads[place].layers,
      parameters: Array(parameters[..<shared]) + parameters[program.heads[place].parameters])
  }
}
