import Foundation

/// An array of real numbers out of a `.npy` file: its shape and its numbers in row-major order, as float32.
package struct NPYReader {
  /// The size of each axis.
  package let shape: [Int]
  /// As many as the product of the shape.
  package let values: [Float]

  /// Reads a file's bytes.
  /// - Throws: ``ExchangeError`` for what is no `.npy` file of versions 1 to 3, or holds other numbers than real ones.
  package init(_ data: Data) throws {
    func invalid(_ problem: String) -> ExchangeError { ExchangeError(.invalidFile, problem) }
    let bytes = LittleEndianBytes(data)
    guard data.starts(with: [0x93] + Array("NUMPY".utf8)), let version = bytes.number(UInt8.self, at: 6) else {
      throw invalid("is no .npy file")
    }
    let wide = version >= 2
    let length = wide ? bytes.number(UInt32.self, at: 8).map(Int.init) : bytes.number(UInt16.self, at: 8).map(Int.init)
    let start = wide ? 12 : 10
    guard (1...3).contains(version), let length, let text = bytes.text(at: start, count: length) else {
      throw invalid("has a header of version \(version) that is cut short, or is not known")
    }
    guard let header = Header(text) else { throw invalid("has a header that is not numpy's: \(text.prefix(80))") }
    guard let type = FloatType(numpy: header.type.dropFirst()), header.type.first == "<" || header.type.first == ">"
    else {
      throw invalid("has numbers of type \"\(header.type)\", expected float16, float32 or float64")
    }
    var count = type.size
    for axis in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis)
      guard !overflow else { throw invalid("has the shape \(header.shape), which no file can hold") }
      count = product
    }
    guard data.count - start - length == count else {
      throw invalid(
        "has \(data.count - start - length) bytes of numbers, "
          + "its type \(header.type) and shape \(header.shape) need \(count)"
      )
    }
    shape = header.shape
    let isBigEndian = header.type.first == ">"
    let stored = data.withUnsafeBytes {
      type.floats(UnsafeRawBufferPointer(rebasing: $0[(start + length)...]), isBigEndian: isBigEndian)
    }
    values = header.isColumnMajor ? NPYReader.rowMajor(stored, shape) : stored
  }

  /// Numbers in Fortran's order, in C's.
  private static func rowMajor(_ values: [Float], _ shape: [Int]) -> [Float] {
    var result = values
    var index = [Int](repeating: 0, count: shape.count)
    for value in values {
      var place = 0
      for (axis, size) in shape.enumerated() { place = place * size + index[axis] }
      result[place] = value
      for axis in shape.indices {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return result
  }

  /// The dictionary of a header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
  private struct Header {
    var type: String
    var isColumnMajor: Bool
    var shape: [Int]

    init?(_ text: String) {
      guard let type = Header.value(of: "descr", in: text), type.first == "'" || type.first == "\"",
        let order = Header.value(of: "fortran_order", in: text),
        let sizes = Header.value(of: "shape", in: text), sizes.first == "(", let end = sizes.firstIndex(of: ")")
      else { return nil }
      self.type = String(type.dropFirst().prefix { $0 != "'" && $0 != "\"" })
      switch true {
      case order.hasPrefix("True"): isColumnMajor = true
      case order.hasPrefix("False"): isColumnMajor = false
      default: return nil
      }
      shape = []
      for part in sizes[sizes.index(after: sizes.startIndex)..<end].split(separator: ",") {
        let digits = part.filter { $0 != " " }
        if digits.isEmpty { continue }
        guard let size = Int(digits), size >= 0, shape.count < 32 else { return nil }
        shape.append(size)
      }
    }

    /// What follows a key.
    private static func value(of key: String, in text: String) -> Substring? {
      for quote in ["'", "\""] {
        guard let range = text.firstRange(of: "\(quote)\(key)\(quote)") else { continue }
        let rest = text[range.upperBound...].drop { $0 == " " }
        guard rest.first == ":" else { return nil }
        return rest.dropFirst().drop { $0 == " " }
      }
      return nil
    }
  }
}
