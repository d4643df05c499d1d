/// What an object says of its sequence: its timesteps read, its other fields found and not yet read.
struct JSONObject {
  private(set) var input: JSONInput
  private var places: [(role: JSONFields.Role, place: Range<Int>)] = []

  /// Reads the object that is the whole line.
  init(_ scanner: inout JSONScanner, fields: JSONFields, options: JSONLinesOptions, width: Int?) throws {
    var places: [(role: JSONFields.Role, place: Range<Int>)] = []
    var found: JSONInput?
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object, one a line") }
    try scanner.eachField { scanner, name in
      let isPlain = scanner.bytes.slice(name).firstIndex(of: 0x5C) == nil
      let role = isPlain ? fields.role(of: scanner.bytes.slice(name)) : fields.role(of: scanner.string(name))
      guard let role else {
        _ = try scanner.skipValue()
        return
      }
      if places.contains(where: { $0.role == role }) {
        throw scanner.fault(name.lowerBound - 1, "begins field \(scanner.string(name).quotedForMessage) a second time")
      }
      if role == .input {
        found = try JSONInput(&scanner, field: fields.input, width: width, unit: options.unit)
        places.append((role, 0..<0))
      } else {
        places.append((role, try scanner.skipValue()))
      }
    }
    guard scanner.peek() == 0, scanner.position >= scanner.bytes.count else {
      throw scanner.unexpected("the end of the line")
    }
    guard let found else {
      throw InputError(
        file: scanner.file, line: scanner.line, problem: "there is no field \(fields.input.quotedForMessage)")
    }
    input = found
    self.places = places
  }

  /// Where the value of a role stands; nil where it is absent or `null`.
  func place(_ role: JSONFields.Role, _ scanner: JSONScanner) -> Range<Int>? {
    guard let place = places.first(where: { $0.role == role })?.place, scanner.bytes[place.lowerBound] != 0x6E else {
      return nil
    }
    return place
  }
}

extension JSONFields {
  /// The role of a field whose name was written with escapes.
  func role(of name: String) -> Role? {
    var name = name
    return name.withUTF8 { buffer in
      buffer.baseAddress.flatMap { role(of: ByteSlice(base: $0, count: buffer.count)) }
    }
  }
}
