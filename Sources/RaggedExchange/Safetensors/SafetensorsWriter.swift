import RaggedCore
import RaggedFormats
package import RaggedTraining

/// Writes a `.safetensors` file: the length of a JSON text (64 bits, little-endian), the text, which says name, type,
/// shape and place of every tensor, and their float32 numbers, little-endian, end to end.
package enum SafetensorsWriter {
  /// - Throws: `WriterError`.
  package static func write(_ tensors: [WeightTensor], metadata: [String: String], to path: String) throws {
    let file = try AtomicFile(path: path)
    try header(tensors, metadata: metadata).withUnsafeBytes(file.write)
    for tensor in tensors {
      try tensor.values.map { $0.bitPattern.littleEndian }.withUnsafeBytes(file.write)
    }
    try file.commit()
  }

  /// What stands before the numbers, padded with spaces so that they begin at a multiple of 8.
  private static func header(_ tensors: [WeightTensor], metadata: [String: String]) throws -> [UInt8] {
    var header = Header(metadata: metadata.merging(["format": "pt"]) { $1 }, entries: [:])
    var offset = 0
    for tensor in tensors {
      let end = offset + 4 * tensor.values.count
      header.entries[tensor.name] = Entry(dtype: "F32", shape: tensor.shape, data_offsets: [offset, end])
      offset = end
    }
    var text = Array(try CompactJSON.bytes(header))
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }

  private struct Entry: Encodable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  private struct Header: Encodable {
    var metadata: [String: String]
    var entries: [String: Entry]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: SafetensorsKey.self)
      try container.encode(metadata, forKey: .metadata)
      for (name, entry) in entries { try container.encode(entry, forKey: SafetensorsKey(stringValue: name)) }
    }
  }
}
