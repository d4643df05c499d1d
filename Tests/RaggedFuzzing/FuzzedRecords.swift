import Ragged

/// Reads bytes as TensorFlow's records and, since nothing that is changed at random would keep the checksums, each part of
/// them between `\nRECORD\n` as the data of a record whose frame is sound.
enum FuzzedRecords {
  private static let mark = Array("\nRECORD\n".utf8)

  static func run(_ bytes: [UInt8]) throws {
    try FuzzedReader(formats: [.tfrecord]).run(bytes)
    var (framed, part) = ([UInt8](), [UInt8]())
    func end() {
      framed += TFRecordFrame.head(length: part.count) + part + TFRecordFrame.sum(part)
      part = []
    }
    for byte in bytes {
      part.append(byte)
      guard part.count >= mark.count, part.suffix(mark.count).elementsEqual(mark) else { continue }
      part.removeLast(mark.count)
      end()
    }
    end()
    try FuzzedReader(formats: [.tfrecord]).run(framed)
  }
}
