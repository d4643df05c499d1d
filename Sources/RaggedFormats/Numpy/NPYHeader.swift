/// What stands before the elements of a `.npy` file: their type, their order and the shape.
struct NPYHeader: Equatable {
  var type: NPYType
  /// Whether the first index runs fastest.
  var isFortran: Bool
  var shape: [Int]
  /// Bytes before the elements.
  var byteCount: Int

  /// The longest header that is read; numpy itself takes 10,000 bytes.
  private static let maximumBytes = 1 << 16

  /// Elements, nil where their number is beyond all bounds.
  var count: Int? { NPYHeader.product(shape, 1) }

  /// Bytes of the elements.
  var elementBytes: Int? { NPYHeader.product(shape, type.size) }

  private static func product(_ shape: [Int], _ first: Int) -> Int? {
    if shape.contains(0) { return 0 }
    var result = first
    for size in shape {
      let (product, overflows) = result.multipliedReportingOverflow(by: size)
      if overflows { return nil }
      result = product
    }
    return result
  }

  /// Reads the header.
  /// - Parameters:
  ///   - place: `"values" (values.npy)`, what messages call the array.
  ///   - next: the next bytes of the file.
  /// - Throws: a fatal ``InputError``.
  init(_ file: ByteFile, _ place: String, next: (Int) throws -> [UInt8]) throws {
    func fault(_ problem: String) -> InputError { file.fault("array \(place) \(problem)") }
    let magic = try next(8)
    guard magic[..<6].elementsEqual([0x93] + Array("NUMPY".utf8)) else {
      throw fault("does not begin as numpy's arrays do")
    }
    let isWide = magic[6] > 1
    guard (1...3).contains(magic[6]) else { throw fault("is of version \(magic[6]), expected 1, 2 or 3") }
    let length = Int(try next(isWide ? 4 : 2).little(0, isWide ? 4 : 2))
    guard length <= NPYHeader.maximumBytes else {
      throw fault("claims a header of \(length) bytes, expected at most \(NPYHeader.maximumBytes)")
    }
    var text = HeaderText(bytes: try next(length))
    guard let fields = text.fields() else {
      throw fault("has a header that cannot be read: \(String(decoding: text.bytes, as: UTF8.self).quotedForMessage)")
    }
    byteCount = 8 + (isWide ? 4 : 2) + length
    guard let descriptor = fields.descriptor else {
      throw fault("holds records of several fields, expected numbers or text: save each field by itself")
    }
    guard let type = NPYType(descriptor) else { throw fault(NPYType.refusal(descriptor)) }
    self.type = type
    isFortran = fields.isFortran
    shape = fields.shape
    guard shape.count <= 32 else { throw fault("has \(shape.count) axes, expected at most 32") }
  }
}

/// The Python text of a header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
private struct HeaderText {
  let bytes: [UInt8]
  private var at = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// - Returns: nil for any other text; a descriptor of nil is a list of fields.
  mutating func fields() -> (descriptor: String?, isFortran: Bool, shape: [Int])? {
    var (descriptor, hasDescriptor): (String?, Bool) = (nil, false)
    var isFortran: Bool?
    var shape: [Int]?
    guard skip("{") else { return nil }
    while !skip("}") {
      guard let name = string(), skip(":") else { return nil }
      switch name {
      case "descr":
        hasDescriptor = true
        if let text = string() {
          descriptor = text
        } else if !skipList() {
          return nil
        }
      case "fortran_order": isFortran = skip("True") ? true : skip("False") ? false : nil
      case "shape": shape = tuple()
      default: return nil
      }
      guard skip(",") || peek() == UInt8(ascii: "}") else { return nil }
    }
    guard hasDescriptor, let isFortran, let shape else { return nil }
    return (descriptor, isFortran, shape)
  }

  private mutating func peek() -> UInt8 {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    return at < bytes.count ? bytes[at] : 0
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    _ = peek()
    let count = word.utf8CodeUnitCount
    guard at <= bytes.count - count, (0..<count).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] }) else {
      return false
    }
    at += count
    return true
  }

  private mutating func string() -> String? {
    let quote = peek()
    guard quote == 0x27 || quote == 0x22, let end = bytes[(at + 1)...].firstIndex(of: quote) else { return nil }
    defer { at = end + 1 }
    return String(decoding: bytes[at + 1..<end], as: UTF8.self)
  }

  /// Passes over a list in brackets.
  private mutating func skipList() -> Bool {
    guard peek() == UInt8(ascii: "[") else { return false }
    var depth = 0
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "[") { depth += 1 }
      if bytes[at] == UInt8(ascii: "]") { depth -= 1 }
      at += 1
      if depth == 0 { return true }
    }
    return false
  }

  private mutating func tuple() -> [Int]? {
    guard skip("(") else { return nil }
    var numbers: [Int] = []
    while !skip(")") {
      _ = peek()
      let start = at
      while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
      guard let number = Int(String(decoding: bytes[start..<at], as: UTF8.self)) else { return nil }
      numbers.append(number)
      guard skip(",") || peek() == UInt8(ascii: ")") else { return nil }
    }
    return numbers
  }
}
