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

/// The type of an array's elements.
struct NPYType: Equatable {
  enum Kind: Equatable {
    case float, signed, unsigned, truth
    /// UTF-32 code points, zeros behind them.
    case text
    /// UTF-8 bytes, zeros behind them.
    case bytes
  }

  var kind: Kind
  var size: Int
  /// Whether its bytes stand in the other order than in this machine.
  var isSwapped: Bool
  var name: String

  /// The longest text of an element, in bytes.
  private static let maximumTextBytes = 1 << 26

  /// The type of this name: `<f4`, `>i8`, `|b1`, `<U12`. nil for what is neither number nor text.
  init?(_ name: String) {
    var rest = name[...]
    var isBig = false
    if let order = rest.first, "<>=|".contains(order) {
      isBig = order == ">"
      rest = rest.dropFirst()
    }
    guard let letter = rest.first, let count = Int(rest.dropFirst()), count >= 0 else { return nil }
    self.name = name
    size = count
    isSwapped = isBig
    switch (letter, count) {
    case ("f", 2), ("f", 4), ("f", 8): kind = .float
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): kind = .signed
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): kind = .unsigned
    case ("b", 1): kind = .truth
    // Elements without a byte could be any number.
    case ("U", 1...NPYType.maximumTextBytes / 4):
      kind = .text
      size = 4 * count
    case ("S", 1...NPYType.maximumTextBytes), ("a", 1...NPYType.maximumTextBytes): kind = .bytes
    default: return nil
    }
  }

  /// Why a type of this name is not read.
  static func refusal(_ name: String) -> String {
    if name.contains("O") {
      return "holds Python objects (pickle), which may run code and are never read: "
        + "save a list of arrays of different lengths as numpy.savez(path, *arrays), or end to end as "
        + "numpy.savez(path, values=numpy.concatenate(arrays), "
        + "offsets=numpy.cumsum([0] + [len(array) for array in arrays]))"
    }
    return "has elements of type \(name.quotedForMessage), expected f2, f4, f8, i1 to i8, u1 to u8, bool, text or bytes"
  }

  var isWhole: Bool { kind == .signed || kind == .unsigned || kind == .truth }
  var isText: Bool { kind == .text || kind == .bytes }

  /// Calls `body` with each element of these bytes, in this machine's order.
  private func each<Bits: FixedWidthInteger>(_ bytes: [UInt8], _: Bits.Type, _ body: (Bits) -> Void) {
    // A code point of text is an element of its own.
    let size = kind == .text ? 4 : size
    bytes.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count - bytes.count % size, by: size) {
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: Bits.self)
        body(isSwapped ? bits.bigEndian : bits.littleEndian)
      }
    }
  }

  /// The elements as the nearest float32; beyond its range they are infinite.
  func floats(_ bytes: [UInt8]) -> [Float] {
    var result: [Float] = []
    guard size > 0, !isText else { return result }
    result.reserveCapacity(bytes.count / size)
    switch (kind, size) {
    case (.float, 2): each(bytes, UInt16.self) { result.append(Float(half: $0)) }
    case (.float, 4): each(bytes, UInt32.self) { result.append(Float(bitPattern: $0)) }
    case (.float, _): each(bytes, UInt64.self) { result.append(Float(Double(bitPattern: $0))) }
    case (.unsigned, 8): each(bytes, UInt64.self) { result.append(Float($0)) }
    default: eachWhole(bytes) { result.append(Float($0)) }
    }
    return result
  }

  /// The first element that is a whole number which float32 does not hold.
  func firstUnheld(_ bytes: [UInt8]) -> String? {
    var first: String?
    switch (kind, size) {
    case (.float, 8):
      each(bytes, UInt64.self) { bits in
        let double = Double(bitPattern: bits)
        guard first == nil, abs(double) > 0x1p24, abs(double) < 0x1p63, Double(Float(double)) != double else { return }
        if double == double.rounded() { first = "\(Int64(double))" }
      }
    case (.unsigned, 8):
      each(bytes, UInt64.self) { if first == nil, $0 > 1 << 24, UInt64(exactly: Float($0)) != $0 { first = "\($0)" } }
    case (.signed, 4...), (.unsigned, 4...):
      eachWhole(bytes) {
        if first == nil, $0.magnitude > 1 << 24, Int64(exactly: Float($0)) != $0 { first = "\($0)" }
      }
    default: break
    }
    return first
  }

  /// The elements, whole numbers; those beyond 64 bits with a sign become the largest.
  func integers(_ bytes: [UInt8]) -> [Int64] {
    var result: [Int64] = []
    guard isWhole, size > 0 else { return result }
    result.reserveCapacity(bytes.count / size)
    eachWhole(bytes) { result.append($0) }
    return result
  }

  private func eachWhole(_ bytes: [UInt8], _ body: (Int64) -> Void) {
    switch (kind, size) {
    case (.signed, 1): each(bytes, Int8.self) { body(Int64($0)) }
    case (.signed, 2): each(bytes, Int16.self) { body(Int64($0)) }
    case (.signed, 4): each(bytes, Int32.self) { body(Int64($0)) }
    case (.signed, _): each(bytes, Int64.self, body)
    case (.truth, _): each(bytes, UInt8.self) { body($0 == 0 ? 0 : 1) }
    case (_, 1): each(bytes, UInt8.self) { body(Int64($0)) }
    case (_, 2): each(bytes, UInt16.self) { body(Int64($0)) }
    case (_, 4): each(bytes, UInt32.self) { body(Int64($0)) }
    default: each(bytes, UInt64.self) { body(Int64(clamping: $0)) }
    }
  }

  /// The elements as text, nil for one that is none: no Unicode, or with a NUL inside.
  func texts(_ bytes: [UInt8]) -> [String?] {
    guard size > 0 else { return [] }
    return stride(from: 0, to: bytes.count - bytes.count % size, by: size).map { start in
      let element = Array(bytes[start..<start + size])
      return kind == .text ? text(element) : NPYType.text(utf8: element)
    }
  }

  private func text(_ element: [UInt8]) -> String? {
    var points: [UInt32] = []
    each(element, UInt32.self) { points.append($0) }
    while points.last == 0 { points.removeLast() }
    var result = ""
    for point in points {
      guard point != 0, let scalar = Unicode.Scalar(point) else { return nil }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  private static func text(utf8 element: [UInt8]) -> String? {
    var end = element.count
    while end > 0, element[end - 1] == 0 { end -= 1 }
    return element.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return "" }
      let slice = ByteSlice(base: base, count: end)
      return slice.firstInvalidUTF8 == nil ? slice.text : nil
    }
  }
}
