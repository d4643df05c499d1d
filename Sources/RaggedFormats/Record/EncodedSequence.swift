/// A record as numbers, its classes and tokens as indices.
package struct EncodedSequence {
  /// The input's numbers: `[T, F]` or `[T]`.
  package enum Input {
    case values([Float])
    case tokens([Int32])
  }

  /// The target's numbers; a class for the whole sequence stands in `classIndex`.
  package enum Target {
    case none
    case classes([Int32])
    case values([Float])
  }

  package var length: Int
  package var input: Input
  package var target: Target
  package var classIndex: Int32?
  /// `[T]`, 1 for valid; nil where all are.
  package var validity: [UInt8]?
}

/// Why a record, or all of a file, cannot be taken; who asked adds the place.
package struct RecordFault: Error {
  package let problem: String

  package init(_ problem: String) { self.problem = problem }
}
