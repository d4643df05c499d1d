import RaggedCore

/// A record in the form in which it is stored.
struct EncodedSequence {
  /// The input's numbers: `[T, F]` or `[T]`.
  enum Input {
    case values([Float])
    case tokens([Int32])
  }

  /// The target's numbers; a class a sequence is a column and no blob.
  enum Target {
    case none
    case classes([Int32])
    case values([Float])
  }

  var length: Int
  var input: Input
  var target: Target
  var classIndex: Int32?
  /// `[T]`, 1 for valid; nil where all are.
  var validity: [UInt8]?

  /// Lends the blobs.
  func withBlobs<R>(_ body: (SequenceBlobs) throws -> R) rethrows -> R {
    func withValidity(_ input: UnsafeRawBufferPointer, _ target: UnsafeRawBufferPointer) throws -> R {
      guard let validity else { return try body(SequenceBlobs(input: input, target: target, validity: nil)) }
      return try validity.withUnsafeBytes { try body(SequenceBlobs(input: input, target: target, validity: $0)) }
    }
    func withTarget(_ input: UnsafeRawBufferPointer) throws -> R {
      switch target {
      case .none: try withValidity(input, UnsafeRawBufferPointer(start: nil, count: 0))
      case .classes(let classes): try classes.withUnsafeBytes { try withValidity(input, $0) }
      case .values(let values): try values.withUnsafeBytes { try withValidity(input, $0) }
      }
    }
    switch input {
    case .values(let values): return try values.withUnsafeBytes(withTarget)
    case .tokens(let tokens): return try tokens.withUnsafeBytes(withTarget)
    }
  }
}

/// Why a record cannot be stored; the session adds the place.
struct RecordFault: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }
}
