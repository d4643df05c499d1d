import RaggedCore

/// A `SequenceExample` where it lies: the names of its features and where each is. Only what is asked for is made a value,
/// so that memory is that of the numbers.
///
/// The generated message, which makes a value of every feature of every timestep, takes 4 to 12 times as long: 43 µs a
/// record of 100 timesteps of 12 features, where this takes 8 (AMD EPYC, Zen 4, release build).
struct SequenceExampleView {
  private let bytes: [UInt8]
  /// Features of the whole sequence.
  private(set) var context: [ExactName: Range<Int>] = [:]
  /// Features of its timesteps.
  private(set) var lists: [ExactName: Range<Int>] = [:]

  /// Finds the features.
  /// - Throws: ``RecordFault`` where the bytes are no such message.
  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    (context, lists) = try bytes.withUnsafeBytes { buffer in
      var (context, lists) = ([ExactName: Range<Int>](), [ExactName: Range<Int>]())
      do {
        var message = WireReader(buffer, 0..<buffer.count)
        while let (field, content) = try message.next() {
          guard case .bytes(let range) = content else { continue }
          switch field {
          case 1: try SequenceExampleView.takeEntries(buffer, range, into: &context)
          case 2: try SequenceExampleView.takeEntries(buffer, range, into: &lists)
          default: break
          }
        }
      } catch let fault as WireReader.Fault {
        throw RecordFault("is no SequenceExample: byte \(fault.position) of its data makes no sense")
      }
      return (context, lists)
    }
  }

  /// Takes the entries of a map from a name to a message.
  private static func takeEntries(
    _ buffer: UnsafeRawBufferPointer, _ range: Range<Int>, into map: inout [ExactName: Range<Int>]
  ) throws {
    var features = WireReader(buffer, range)
    while let (field, content) = try features.next() {
      guard field == 1, case .bytes(let entry) = content else { continue }
      var reader = WireReader(buffer, entry)
      var name = ""
      var value = entry.lowerBound..<entry.lowerBound
      while let (part, content) = try reader.next() {
        guard case .bytes(let place) = content else { continue }
        if part == 1 { name = String(decoding: UnsafeRawBufferPointer(rebasing: buffer[place]), as: UTF8.self) }
        if part == 2 { value = place }
      }
      map[ExactName(name)] = value
    }
  }

  /// The values of a feature of the sequence; nil where there is none of that name.
  func context(_ name: String) throws -> FeatureValues? {
    guard let range = context[ExactName(name)] else { return nil }
    return try reading(name) { buffer in
      var values = FeatureValues()
      try values.append(buffer, range)
      return values
    }
  }

  /// The texts of a feature of the sequence; nil where there is none, or it is none of text.
  func texts(_ name: String) throws -> [String]? { try context(name)?.texts(name) }

  /// The values of a feature of the timesteps, and how many each has; nil where there is none of that name.
  func list(_ name: String) throws -> (values: FeatureValues, steps: Int, width: Int?)? {
    guard let range = lists[ExactName(name)] else { return nil }
    return try reading(name) { buffer in
      var values = FeatureValues()
      var (steps, width): (Int, Int?) = (0, nil)
      var list = WireReader(buffer, range)
      while let (field, content) = try list.next() {
        guard field == 1, case .bytes(let feature) = content else { continue }
        let before = values.count
        try values.append(buffer, feature)
        steps += 1
        let found = values.count - before
        guard found > 0, found == width ?? found else {
          throw RecordFault(
            "feature list \(name.quotedForMessage) has \(found.counted("value")) at timestep \(steps), expected "
              + "\(width.map(String.init) ?? "one or more")")
        }
        width = found
      }
      return (values, steps, width)
    }
  }

  /// Whether it is a flat `tf.train.Example`, whose lists are those of the whole sequence.
  var isFlat: Bool { lists.isEmpty && !context.isEmpty }

  /// The features that may hold timesteps.
  var timestepFeatures: [ExactName: Range<Int>] { isFlat ? context : lists }

  /// The timesteps of a feature, in a flat record of this many values each; nil where there is none of that name.
  func steps(_ name: String, width: Int) throws -> (values: FeatureValues, steps: Int, width: Int?)? {
    if !isFlat { return try list(name) }
    guard let values = try context(name) else { return nil }
    guard values.count % width == 0 else {
      throw RecordFault(
        "feature \(name.quotedForMessage) has \(values.count.counted("number")), which are no timesteps of \(width)")
    }
    return (values, values.count / width, values.count == 0 ? nil : width)
  }

  private func reading<T>(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> T) throws -> T {
    do {
      return try bytes.withUnsafeBytes(body)
    } catch let fault as WireReader.Fault {
      throw RecordFault(
        "feature \(name.quotedForMessage) cannot be read: byte \(fault.position) of its data makes no sense")
    } catch is FeatureValues.MixedKinds {
      throw RecordFault("feature \(name.quotedForMessage) holds values of several kinds")
    }
  }
}

/// The values of one feature or of a feature of several timesteps.
struct FeatureValues {
  /// What they are.
  enum Kind { case bytes, floats, integers }

  private(set) var kind: Kind?
  private(set) var floats: [Float] = []
  private(set) var integers: [Int64] = []
  /// Texts; nil for bytes that are none.
  private(set) var bytes: [String?] = []

  /// Values of two kinds in one feature.
  struct MixedKinds: Error {}

  var count: Int { floats.count + integers.count + bytes.count }

  /// Adds the values of a `Feature` that lies at `range`.
  mutating func append(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) throws {
    var feature = WireReader(buffer, range)
    while let (field, content) = try feature.next() {
      guard case .bytes(let list) = content, (1...3).contains(field) else { continue }
      var values = WireReader(buffer, list)
      while let (inner, content) = try values.next() {
        guard inner == 1 else { continue }
        try append(field, content, buffer)
      }
    }
  }

  private mutating func append(_ field: UInt64, _ content: WireReader.Content, _ buffer: UnsafeRawBufferPointer) throws
  {
    switch (field, content) {
    case (1, .bytes(let range)):
      try settle(.bytes)
      let slice = UnsafeRawBufferPointer(rebasing: buffer[range])
      guard let base = slice.baseAddress, !slice.isEmpty else { return bytes.append("") }
      let text = ByteSlice(base: base.assumingMemoryBound(to: UInt8.self), count: slice.count)
      bytes.append(text.firstInvalidUTF8 == nil ? text.text : nil)
    case (2, .fixed32(let bits)):
      try settle(.floats)
      floats.append(Float(bitPattern: bits))
    case (2, .bytes(let range)):
      try settle(.floats)
      var packed = WireReader(buffer, range)
      while !packed.isAtEnd { floats.append(Float(bitPattern: try packed.fixed32())) }
    case (3, .number(let number)):
      try settle(.integers)
      integers.append(Int64(bitPattern: number))
    case (3, .bytes(let range)):
      try settle(.integers)
      var packed = WireReader(buffer, range)
      while !packed.isAtEnd { integers.append(Int64(bitPattern: try packed.varint())) }
    default: break
    }
  }

  private mutating func settle(_ found: Kind) throws {
    guard kind == nil || kind == found else { throw MixedKinds() }
    kind = found
  }

  /// The values as numbers; nil where they are texts.
  var numbers: [Float]? {
    switch kind {
    case .bytes: nil
    case .floats: floats
    case .integers: integers.map { Float($0) }
    case nil: []
    }
  }

  /// What is said of the first whole number that float32 does not hold; nil without one.
  func rounded(_ name: String) -> String? {
    let found = integers.first { $0.magnitude > 1 << 24 && Int64(exactly: Float($0)) != $0 }
    return found.map { ReaderNotes.rounding(of: "\($0)", in: "feature \(name.quotedForMessage)") }
  }

  /// The values as texts, whole numbers as they are written; nil where they are real numbers.
  func texts(_ name: String) throws -> [String]? {
    switch kind {
    case .floats: return nil
    case .integers: return integers.map(String.init)
    case nil: return []
    case .bytes:
      return try bytes.map { text in
        guard let text else {
          throw RecordFault("feature \(name.quotedForMessage) holds bytes that are no text")
        }
        return text
      }
    }
  }
}

/// Walks over the fields of a protocol buffer's message where they lie, without making values of them
/// (protobuf.dev/programming-guides/encoding).
struct WireReader {
  /// A field's content.
  enum Content {
    case number(UInt64)
    case fixed32(UInt32)
    /// Where the bytes are.
    case bytes(Range<Int>)
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  /// A message that lies at `range`, which must be inside.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// What is wrong with a message.
  struct Fault: Error {
    var position: Int
  }

  var isAtEnd: Bool { position >= end }

  /// The next field; nil after the last.
  /// - Throws: ``Fault`` where the bytes are no message.
  mutating func next() throws -> (field: UInt64, content: Content)? {
    guard position < end else { return nil }
    let tag = try varint()
    let field = tag >> 3
    guard field > 0 else { throw Fault(position: position) }
    switch tag & 7 {
    case 0: return (field, .number(try varint()))
    case 1:
      guard position <= end - 8 else { throw Fault(position: position) }
      position += 8
      return (field, .bytes(position - 8..<position))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else { throw Fault(position: position) }
      defer { position += Int(length) }
      return (field, .bytes(position..<position + Int(length)))
    case 5: return (field, .fixed32(try fixed32()))
    default: throw Fault(position: position)
    }
  }

  mutating func fixed32() throws -> UInt32 {
    guard position <= end - 4 else { throw Fault(position: position) }
    defer { position += 4 }
    return bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian
  }

  /// The next number of variable length.
  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Fault(position: position)
  }
}
