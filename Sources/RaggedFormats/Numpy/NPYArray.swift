/// An array for numpy: a shape and its elements in row-major (C) order.
public struct NPYArray: Sendable, Equatable {
  /// The elements of an array, by type.
  public enum Elements: Sendable, Equatable {
    /// `float32`.
    case float32([Float])
    /// `int32`.
    case int32([Int32])
    /// `int64`.
    case int64([Int64])
    /// `bool`, a byte each.
    case bool([Bool])
  }

  /// The size of each axis; empty for a single value.
  public let shape: [Int]
  /// As many as the product of the shape.
  public let elements: Elements

  /// An array of this shape.
  public init(shape: [Int], _ elements: Elements) {
    assert(shape.reduce(1, *) == elements.count, "\(elements.count) elements for the shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// The header of a `.npy` file.
  var header: [UInt8] { NPYArray.header(descriptor: elements.descriptor, shape: shape) }

  /// The header of a `.npy` file, version 1.0: padded with spaces so that the elements begin at a multiple of 64.
  static func header(descriptor: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    let tuple = shape.count > 1 ? String(sizes.dropLast()) : sizes
    let text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let magic = [0x93] + Array("NUMPY".utf8) + [1, 0]
    let unpadded = magic.count + 2 + text.utf8.count + 1
    let padding = (64 - unpadded % 64) % 64
    let length = UInt16(text.utf8.count + padding + 1)
    return magic + [UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
      + Array(repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
  }
}

extension NPYArray.Elements {
  /// Elements.
  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    case .bool(let values): values.count
    }
  }

  /// numpy's name of the type, with the byte order of this machine, in which elements are written.
  var descriptor: String {
    let order = UInt16(1).littleEndian == 1 ? "<" : ">"
    return switch self {
    case .float32: order + "f4"
    case .int32: order + "i4"
    case .int64: order + "i8"
    case .bool: "|b1"
    }
  }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch self {
    case .float32(let values): try values.withUnsafeBytes(body)
    case .int32(let values): try values.withUnsafeBytes(body)
    case .int64(let values): try values.withUnsafeBytes(body)
    case .bool(let values): try values.withUnsafeBytes(body)
    }
  }
}
