/// The records of a TFRecord file, one after the other, with their checksums held against their bytes.
final class TFRecordFrames {
  private static let pieceBytes = 256 << 10
  private let source: InputBytes
  private let maximumBytes: Int
  /// The number of the record last begun, from 1.
  private(set) var number = 0
  /// Where it begins, in decompressed bytes.
  private(set) var offset = 0
  private var position = 0
  /// What has been read of the source and not been asked for yet, from `consumed` on.
  private var piece: [UInt8] = []
  private var consumed = 0

  /// Records of at most `maximumBytes`.
  init(_ source: InputBytes, maximumBytes: Int) {
    self.source = source
    self.maximumBytes = maximumBytes
  }

  /// How a file tells that it begins with a record, though the first bytes may be those of gzip.
  static let plainHead = InputBytes.PlainHead(count: TFRecordFrame.headBytes) { TFRecordFrame.length($0) != nil }

  /// `record 3 (byte 1204)`.
  var place: String { "record \(number) (byte \(offset))" }

  /// The data of the next record, nil after the last.
  /// - Throws: ``InputError``: fatal where it cannot be told where the next record begins, otherwise where the data is not
  ///   what was written.
  func next() throws -> [UInt8]? {
    (offset, number) = (position, number + 1)
    let head = try read(TFRecordFrame.headBytes)
    if head.isEmpty { return nil }
    guard head.count == TFRecordFrame.headBytes else { throw cutShort("its head has \(head.count) bytes of 12") }
    guard let length = TFRecordFrame.length(head) else {
      let claimed = head.little(0, 8)
      throw fault(
        "the checksum of its length, \(claimed), is wrong; this is no TFRecord, or it is damaged", isFatal: true)
    }
    guard length <= UInt64(maximumBytes) else {
      throw fault("claims \(length) bytes, expected at most \(maximumBytes)", isFatal: true)
    }
    let data = try read(Int(length))
    guard data.count == Int(length) else { throw cutShort("it has \(data.count) bytes of \(length)") }
    let tail = try read(TFRecordFrame.tailBytes)
    guard tail.count == TFRecordFrame.tailBytes else { throw cutShort("its checksum has \(tail.count) bytes of 4") }
    guard TFRecordFrame.sum(data) == tail else {
      throw fault("the checksum of its \(length) bytes of data is wrong; they are damaged", isFatal: false)
    }
    return data
  }

  private func cutShort(_ what: String) -> InputError { fault("is cut short: \(what)", isFatal: true) }

  private func fault(_ problem: String, isFatal: Bool) -> InputError {
    InputError(file: source.file, problem: "\(place): \(problem)", isFatal: isFatal)
  }

  /// The next bytes, fewer at the end of the file. What is not there takes no memory.
  private func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      if consumed == piece.count {
        consumed = 0
        piece = try [UInt8](unsafeUninitializedCapacity: TFRecordFrames.pieceBytes) { buffer, got in
          guard let start = buffer.baseAddress else { return }
          got = try source.read(into: start, count: buffer.count)
        }
        if piece.isEmpty { break }
      }
      let end = min(piece.count, consumed + count - bytes.count)
      bytes.append(contentsOf: piece[consumed..<end])
      consumed = end
    }
    position += bytes.count
    return bytes
  }
}
