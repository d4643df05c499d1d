import RaggedCore
import RaggedFormats

/// How large the blobs of a sequence are, given its length.
struct BlobShape: Sendable {
  /// Numbers a timestep of the input: `F`, or 1 for tokens.
  let inputWidth: Int
  let isTokens: Bool
  /// Tokens below which an index must lie.
  let tokenSize: Int
  let target: TargetSignature
  /// Bytes a timestep of the target's blob; 0 where it has none or one value a sequence.
  let targetStepBytes: Int
  /// Bytes of the target's blob that do not depend on the length.
  let targetRowBytes: Int

  init(_ signature: SequenceSignature) {
    inputWidth = signature.input.featureCount
    target = signature.target
    switch signature.target {
    case .none, .classPerSequence: (targetStepBytes, targetRowBytes) = (0, 0)
    case .classPerTimestep: (targetStepBytes, targetRowBytes) = (4, 0)
    case .valuesPerSequence(let names): (targetStepBytes, targetRowBytes) = (0, 4 * names.count)
    case .valuesPerTimestep(let names): (targetStepBytes, targetRowBytes) = (4 * names.count, 0)
    }
    if case .tokens(let size, _) = signature.input {
      isTokens = true
      tokenSize = size
    } else {
      isTokens = false
      tokenSize = 0
    }
  }

  /// Features whose figures are kept: none for tokens.
  var featureCount: Int { isTokens ? 0 : inputWidth }

  /// Bytes a timestep of the input.
  var inputStepBytes: Int { 4 * inputWidth }

  /// Bytes of the target's blob, 0 where the target has none.
  func targetBytes(length: Int) -> Int { targetStepBytes * length + targetRowBytes }

  /// Checks blobs against the length that the sequence claims.
  /// - Throws: ``StoreError`` that names both.
  func check(_ blobs: SequenceBlobs, length: Int, id: Int64) throws {
    try check(
      input: blobs.input.count, target: blobs.target.count, validity: blobs.validity?.count, length: length, id: id)
  }

  /// Checks the sizes of blobs against the length that the sequence claims.
  /// - Throws: ``StoreError`` that names both.
  func check(input: Int, target: Int, validity: Int?, length: Int, id: Int64) throws {
    func check(_ name: String, _ found: Int, _ expected: Int) throws {
      guard found == expected else {
        throw StoreError(
          .damaged,
          "sequence \(id): its \(name) has \(found) bytes, but a length of \(length) timesteps asks for \(expected)")
      }
    }
    // A file from elsewhere may claim any length.
    guard (0...Int(Int32.max)).contains(length) else {
      throw StoreError(.damaged, "sequence \(id): its length is \(length)")
    }
    try check("input", input, inputStepBytes * length)
    try check("target", target, targetBytes(length: length))
    if let validity { try check("validity", validity, length) }
  }
}

/// The three blobs of a sequence, where they lie.
struct SequenceBlobs {
  var input: UnsafeRawBufferPointer
  var target: UnsafeRawBufferPointer
  var validity: UnsafeRawBufferPointer?

  /// CRC-32 of input, target and validity, one after the other.
  var checksum: UInt32 {
    var sum = CRC32()
    for bytes in [input, target, validity] { if let bytes { sum.add(bytes) } }
    return sum.value
  }
}
