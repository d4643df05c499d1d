import RaggedFormats

extension EncodedSequence {
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
