import RaggedCore

/// How objects stand in a JSON file.
enum JSONShape: Equatable {
  /// One a line.
  case lines
  /// In one array, as `json.dump` writes a list.
  case array
  /// One after the other, over several lines each.
  case objects

  /// What the beginning of a file says.
  /// - Parameter isAll: whether that is the whole file.
  init(_ bytes: [UInt8], isAll: Bool) {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count, isBlank(bytes[start]) { start += 1 }
    self = .lines
    guard start < bytes.count else { return }
    if bytes[start] == 0x5B { self = .array }
    guard bytes[start] == 0x7B, let newline = bytes[start...].firstIndex(of: 0x0A) else { return }
    var scan = JSONNesting()
    let closed = bytes[start...newline].contains { scan.take($0) == .closes }
    if closed { return }
    // A line that ends in the middle of an object is at fault, unless what it ends with asks for more.
    guard let last = bytes[start..<newline].last(where: { !isBlank($0) }) else { return }
    if last == 0x7B || last == 0x5B || last == 0x2C || last == 0x3A { self = .objects }
  }
}

/// Follows how deep brackets are nested, byte by byte.
struct JSONNesting {
  private(set) var depth = 0
  private(set) var isInText = false
  private var isEscaped = false

  enum Step {
    case goes, closes
  }

  /// - Returns: whether this byte closes what was opened first.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Step {
    if isInText {
      if isEscaped {
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else if byte == 0x22 {
        isInText = false
      }
      return .goes
    }
    switch byte {
    case 0x22: isInText = true
    case 0x7B, 0x5B: depth += 1
    case 0x7D, 0x5D:
      depth -= 1
      if depth == 0 { return .closes }
    default: break
    }
    return .goes
  }
}

/// Makes lines of the objects of a JSON file, each in the form that the reader of lines takes, as they are asked for. In
/// memory that of an object. A class, since reader and bytes share it.
final class JSONFeed {
  /// What becomes of an object.
  enum Writer {
    case copy
    case columns(JSONFlattening)
    case rows(JSONRows)
  }

  private static let pieceBytes = 64 << 10
  private let raw: InputBytes
  private let shape: JSONShape
  private let maximumBytes: Int
  private let writer: Writer
  private var chunk = [UInt8](repeating: 0, count: 256 << 10)
  private var (position, end) = (0, 0)
  /// The line of the byte at `position`.
  private var line = 1
  private var object: [UInt8] = []
  private var objects = 0
  private var hasBegun = false
  private var isEnded = false
  private var written: [UInt8] = []
  private var taken = 0
  private var fault: InputError?
  private var thrown: InputError?
  private var scratch: [UInt8] = []
  /// The lines that were written, and where objects begin in the file: an entry where the distance of both changes.
  private var lines = 0
  private var places: [(written: Int, line: Int)] = []
  /// What is wrong with objects that became rows at fault, by the lines that were written.
  private var faults: [Int: InputError] = [:]
  /// What is wrong with the element at hand, where it is no object.
  private var strangeElement: InputError?
  /// Fields that no object of the sample had, in rows, and where the first stood.
  private(set) var strange: (name: String, line: Int)?

  init(_ raw: InputBytes, _ shape: JSONShape, _ writer: Writer, maximumBytes: Int) {
    (self.raw, self.shape, self.writer, self.maximumBytes) = (raw, shape, writer, maximumBytes)
  }

  /// The line of the file on which the object of a written line begins.
  func line(ofWritten written: Int) -> Int {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].written <= written { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return written }
    let place = places[low - 1]
    let line = place.line + (written - place.written)
    // A row whose texts have line endings is several lines of the table.
    return low < places.count ? min(line, max(place.line, places[low].line - 1)) : line
  }

  /// Whether an error is this feed's, and so has a line of the file.
  func isOwn(_ error: InputError) -> Bool { error == thrown }

  /// What is wrong with the object of a written line.
  func fault(ofWritten line: Int) -> InputError? { faults[line] }

  /// Fills at most `count` bytes; 0 means the end.
  func fill(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    if taken == written.count {
      written.removeAll(keepingCapacity: true)
      taken = 0
      if let fault { throw fault }
      do {
        while written.count < JSONFeed.pieceBytes, try next() { try write() }
      } catch let error as InputError {
        (fault, thrown) = (error, error)
        // What was read before it comes first.
        if written.isEmpty { throw error }
      }
    }
    let piece = min(count, written.count - taken)
    written.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { target.update(from: base + taken, count: piece) }
    }
    taken += piece
    return piece
  }

  /// Calls `body` with the first objects; for a look ahead.
  func forEach(atMost limit: Int, _ body: (ByteSlice, Int) throws -> Void) throws {
    var count = 0
    while count < limit, try next() {
      count += 1
      try object.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        try body(ByteSlice(base: base, count: bytes.count), objectLine)
      }
    }
  }

  private var objectLine = 1

  private func write() throws {
    lines += 1
    if let fault = strangeElement, faults.count < 1 << 16 { faults[lines] = fault }
    strangeElement = nil
    if places.last.map({ lines - $0.written != objectLine - $0.line }) ?? (lines != objectLine) {
      // Places are for messages: no more of them are kept than those are likely to name.
      if places.count == 1 << 16 { places.removeFirst(1 << 15) }
      places.append((lines, objectLine))
    }
    scratch.removeAll(keepingCapacity: true)
    try object.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
      let slice = ByteSlice(base: base, count: bytes.count)
      let scanner = JSONScanner(bytes: slice, file: raw.file, line: objectLine)
      switch writer {
      case .copy: scratch.append(contentsOf: bytes)
      case .columns(let flattening):
        guard !slice.trimmed.isEmpty else { return }
        do { try flattening.write(scanner, to: &scratch) } catch let error as InputError {
          if error.isFatal { throw error }
          // The reader of lines says what is wrong with it.
          scratch.removeAll(keepingCapacity: true)
          scratch.append(contentsOf: bytes)
        }
      case .rows(let rows):
        guard !slice.trimmed.isEmpty else { return }
        do {
          if let name = try rows.write(scanner, to: &scratch) { strange = strange ?? (name, objectLine) }
        } catch let error as InputError where !error.isFatal {
          // A row that no table has, so that the reader of tables rejects what it may belong to.
          scratch.removeAll(keepingCapacity: true)
          scratch.append(contentsOf: Array((rows.columns.names.count == 1 ? "-,-" : "-").utf8))
          if faults[lines] == nil, faults.count < 1 << 16 { faults[lines] = error }
        }
        lines += scratch.count { $0 == 0x0A }
      }
    }
    written.append(contentsOf: scratch)
    written.append(0x0A)
  }
}

extension JSONFeed {
  /// Reads the next object, or in a file of lines the next line; false at the end.
  private func next() throws -> Bool {
    object.removeAll(keepingCapacity: true)
    switch shape {
    case .lines: return try nextLine()
    case .array, .objects: return try nextObject()
    }
  }

  private func nextLine() throws -> Bool {
    guard try peek() != nil else { return false }
    objectLine = line
    while try peek() != nil {
      let found = chunk[position..<end].firstIndex(of: 0x0A)
      try take(upTo: found ?? end)
      if found != nil {
        position += 1
        line += 1
        break
      }
    }
    if objects == 0, object.starts(with: [0xEF, 0xBB, 0xBF]) { object.removeFirst(3) }
    if object.last == 0x0D { object.removeLast() }
    objects += 1
    return true
  }

  private func nextObject() throws -> Bool {
    if isEnded { return false }
    if !hasBegun {
      hasBegun = true
      for byte: UInt8 in [0xEF, 0xBB, 0xBF] {
        if try peek() == byte { position += 1 }
      }
      try skipBlanks()
      if shape == .array, try peek() == 0x5B { position += 1 }
    }
    try skipBlanks()
    if shape == .array {
      if try peek() == 0x5D {
        position += 1
        return try finishArray()
      }
      if objects > 0 {
        guard try peek() == 0x2C else { throw try unexpected("\",\" or \"]\" behind element \(objects.grouped)") }
        position += 1
        try skipBlanks()
      }
    } else if try peek() == nil {
      isEnded = true
      return false
    }
    objectLine = line
    guard try peek() == 0x7B else {
      if shape == .array, objects > 0, try takeOther() { return true }
      throw try unexpected(shape == .array ? "an object as element \((objects + 1).grouped) of the array" : "an object")
    }
    var nesting = JSONNesting()
    while try peek() != nil {
      var (at, isClosed) = (position, false)
      chunk.withUnsafeBufferPointer { bytes in
        while at < end, !isClosed {
          isClosed = nesting.take(bytes[at]) == .closes
          at += 1
        }
      }
      try take(upTo: at)
      if isClosed {
        objects += 1
        return true
      }
    }
    throw cutShort("inside the object that begins on line \(objectLine.grouped)")
  }

  /// Takes an element of the array that is no object, up to what follows it.
  /// - Returns: false where there is nothing.
  private func takeOther() throws -> Bool {
    var nesting = JSONNesting()
    while let byte = try peek() {
      if nesting.depth == 0, !nesting.isInText, byte == 0x2C || byte == 0x5D || byte == 0x7D { break }
      _ = nesting.take(byte)
      try take(upTo: position + 1)
    }
    guard object.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return false }
    objects += 1
    let text = String(decoding: object.prefix(40), as: UTF8.self).quotedForMessage
    strangeElement = InputError(
      file: raw.file, line: objectLine,
      problem: "there is \(text), expected an object as element \(objects.grouped) of the array")
    return true
  }

  private func finishArray() throws -> Bool {
    isEnded = true
    try skipBlanks()
    guard try peek() == nil else { throw try unexpected("the end of the file behind the array") }
    return false
  }

  /// Moves bytes of the chunk into the object, line endings as blanks.
  private func take(upTo limit: Int) throws {
    guard object.count + limit - position <= maximumBytes else {
      throw fault("the object is longer than \(maximumBytes) bytes")
    }
    let before = object.count
    object.append(contentsOf: chunk[position..<limit])
    position = limit
    guard shape != .lines else { return }
    for index in before..<object.count where object[index] == 0x0A || object[index] == 0x0D {
      if object[index] == 0x0A { line += 1 }
      object[index] = 0x20
    }
  }

  private func peek() throws -> UInt8? {
    if position == end {
      position = 0
      end = try chunk.withUnsafeMutableBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return try raw.read(into: base, count: bytes.count)
      }
    }
    return position < end ? chunk[position] : nil
  }

  private func skipBlanks() throws {
    while let byte = try peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      if byte == 0x0A { line += 1 }
      position += 1
    }
  }

  private func unexpected(_ expectation: String) throws -> InputError {
    guard try peek() != nil else { return cutShort("where \(expectation) is expected") }
    let slice = chunk[position..<min(end, position + 40)].prefix { $0 != 0x0A && $0 != 0x2C }
    return fault("there is \(String(decoding: slice, as: UTF8.self).quotedForMessage), expected \(expectation)")
  }

  private func cutShort(_ place: String) -> InputError { fault("the file ends \(place)") }

  private func fault(_ problem: String) -> InputError {
    InputError(file: raw.file, line: line, problem: problem, isFatal: true)
  }
}
