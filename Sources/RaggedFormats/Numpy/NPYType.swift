/// The type of an array's elements.
struct NPYType: Equatable {
  /// What an element is.
  enum Kind: Equatable {
    case float, signed, unsigned, truth
    /// UTF-32 code points, zeros behind them.
    case text
    /// UTF-8 bytes, zeros behind them.
    case bytes
  }

  var kind: Kind
  /// Bytes of an element.
  var size: Int
  /// Whether its bytes stand in the other order than in this machine.
  var isSwapped: Bool
  /// numpy's name.
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
        + "pad it, or save values end to end with offsets"
    }
    return "has elements of type \(name.quotedForMessage), expected f2, f4, f8, i1 to i8, u1 to u8, bool, text or bytes"
  }

  /// Whether an element is a whole number.
  var isWhole: Bool { kind == .signed || kind == .unsigned || kind == .truth }
  /// Whether an element is text.
  var isText: Bool { kind == .text || kind == .bytes }

  /// Calls `body` with each element of these bytes, in this machine's order.
  private func each<Bits: FixedWidthInteger>(_ bytes: [UInt8], _: Bits.Type, _ body: (Bits) -> Void) {
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
    each4(element) { points.append($0) }
    while points.last == 0 { points.removeLast() }
    var result = ""
    for point in points {
      guard point != 0, let scalar = Unicode.Scalar(point) else { return nil }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  private func each4(_ element: [UInt8], _ body: (UInt32) -> Void) {
    element.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count, by: 4) {
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        body(isSwapped ? bits.bigEndian : bits.littleEndian)
      }
    }
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
