package import Foundation
import RaggedCore

/// A `.safetensors` file that was read, every word of its header checked against its bytes.
///
/// The header must be true: a tensor's bytes are those of its type and shape, no two tensors share any, and together
/// they are all that follows the header.
package struct SafetensorsFile {
  package struct Tensor: Sendable {
    package var name: String
    /// `F32`, `F16`, `BF16`, `F64`, or what else the format knows.
    package var type: String
    package var shape: [Int]
    var bytes: Range<Int>
  }

  /// The tensors by name.
  package let tensors: [String: Tensor]
  /// Texts by name.
  package let metadata: [String: String]
  private let data: Data

  /// Bytes of an element, for every type of the format.
  private static let sizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
    "U32": 4,
    "F32": 4, "F64": 8, "I64": 8, "U64": 8,
  ]
  /// The longest header that the format allows.
  private static let headerLimit = 100_000_000

  /// Reads a file's bytes.
  /// - Throws: ``ExchangeError`` that names the tensor that the header lies about.
  package init(_ data: Data) throws {
    func invalid(_ problem: String) -> ExchangeError { ExchangeError(.invalidFile, problem) }
    guard data.count >= 8 else {
      throw invalid(
        "\(data.count.counted("byte is", "bytes are")) no safetensors file, which begins with the 8 of its header's length"
      )
    }
    let claimed = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard claimed <= UInt64(min(data.count - 8, Self.headerLimit)) else {
      throw invalid(
        "no safetensors file, or cut short: it begins with a header's length of \(claimed) bytes, and has "
          + "\(data.count - 8) after that number")
    }
    let start = 8 + Int(claimed)
    let header: Header
    do {
      let text = data.subdata(in: data.startIndex + 8..<data.startIndex + start)
      header = try JSONDecoder().decode(Header.self, from: text)
    } catch let error as DecodingError {
      throw invalid(Self.sentence(error))
    }
    metadata = header.metadata
    var tensors: [Tensor] = []
    for (name, entry) in header.entries { tensors.append(try Self.tensor(name, entry, available: data.count - start)) }
    tensors.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name) < ($1.bytes.lowerBound, $1.bytes.upperBound, $1.name)
    }
    var (end, before) = (0, "")
    for tensor in tensors {
      let start = tensor.bytes.lowerBound
      guard start == end else {
        throw invalid(
          "tensor \"\(tensor.name)\" begins at byte \(start), "
            + (start < end
              ? "within \"\(before)\", which ends at \(end)" : "and bytes \(end)..<\(start) belong to no tensor"))
      }
      (end, before) = (tensor.bytes.upperBound, tensor.name)
    }
    guard end == data.count - start else {
      throw invalid("the tensors end at byte \(end) of the \(data.count - start) that follow the header")
    }
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    self.data = data.dropFirst(start)
  }

  private static func tensor(_ name: String, _ entry: Entry, available: Int) throws -> Tensor {
    func invalid(_ problem: String) -> ExchangeError { ExchangeError(.invalidFile, "tensor \"\(name)\" \(problem)") }
    guard let size = sizes[entry.dtype] else {
      throw invalid("has type \"\(entry.dtype)\", which the format does not know")
    }
    // Any number can stand in a header; one that is too large for JSON's is reported without a name.
    let shape = entry.shape.compactMap { Int(exactly: $0) }
    let offsets = entry.data_offsets.compactMap { Int(exactly: $0) }
    guard shape.count == entry.shape.count, offsets.count == entry.data_offsets.count else {
      throw invalid("has the shape \(entry.shape) at bytes \(entry.data_offsets), expected whole numbers")
    }
    var count = size
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { throw invalid("has the shape \(shape), which no file can hold") }
      count = product
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= available else {
      throw invalid(
        "lies at bytes \(offsets) of the \(available) that follow the header, expected a beginning and an end")
    }
    guard offsets[1] - offsets[0] == count else {
      throw invalid("has \(offsets[1] - offsets[0]) bytes, its type \(entry.dtype) and shape \(shape) need \(count)")
    }
    return Tensor(name: name, type: entry.dtype, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  /// A tensor's numbers, row-major, as float32.
  /// - Throws: ``ExchangeError`` for a type that is no real number.
  package func floats(of tensor: Tensor) throws -> [Float] {
    guard let type = FloatType(safetensors: tensor.type) else {
      throw ExchangeError(
        .invalidFile, "tensor \"\(tensor.name)\" has type \(tensor.type), expected F32, F16, BF16 or F64")
    }
    return data.withUnsafeBytes { type.floats(UnsafeRawBufferPointer(rebasing: $0[tensor.bytes])) }
  }

  private static func sentence(_ error: DecodingError) -> String {
    let context: DecodingError.Context? =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: nil
      }
    var path = context?.codingPath.map(\.stringValue) ?? []
    if case .keyNotFound(let key, _) = error { path.append(key.stringValue) }
    guard let name = path.first else { return "the header is no JSON object, or holds a number that is too large" }
    if name == SafetensorsKey.metadata.stringValue { return "the header's metadata are not texts by name" }
    let part = path.dropFirst().first
    return
      "the header says no \(part ?? "dtype, shape and data_offsets") of tensor \"\(name)\" that could be understood"
  }

  private struct Entry: Decodable {
    var dtype: String
    var shape: [Double]
    var data_offsets: [Double]
  }

  private struct Header: Decodable {
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: SafetensorsKey.self)
      for key in container.allKeys {
        if key == .metadata {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }
  }
}

/// A name in a header: a tensor's, or that of the metadata.
struct SafetensorsKey: CodingKey, Equatable {
  static let metadata = SafetensorsKey(stringValue: "__metadata__")

  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
