import RaggedCore

/// How the cells of a column hold lists.
enum ListForm: Equatable {
  /// Between brackets, as JSON, Python or numpy writes it: with commas, or with blanks alone.
  case brackets(hasCommas: Bool)
  /// Without brackets, with this between two items.
  case separated(UInt8)
}

/// Cuts a cell that holds a list into its items, quotes and escapes taken away where they stand, in the line reader's own
/// buffer, which is mutable memory that nobody else reads. An item that is `None`, `null` or `nan` is empty: it is missing.
struct ListCells {
  /// What is wrong with a cell, to stand behind `column "x" is "[1", `.
  struct Problem: Error { var text: String }

  private let text: ByteSlice
  private var position = 0

  /// Adds the items of a cell to `items`.
  /// - Throws: ``Problem``.
  static func cut(_ cell: ByteSlice, _ form: ListForm, into items: inout [ByteSlice]) throws(Problem) {
    let text = cell.listTrimmed
    switch form {
    case .separated(let separator):
      var cells = ListCells(text)
      cells.cutSeparated(separator, into: &items)
    case .brackets(let hasCommas):
      guard let inner = text.betweenBrackets else {
        throw Problem(text: "expected a list in brackets, such as [0.5, 1.5], as in the other rows")
      }
      var cells = ListCells(inner)
      try cells.cutQuoted(hasCommas: hasCommas, into: &items)
    }
  }

  private init(_ text: ByteSlice) { self.text = text }

  private mutating func cutSeparated(_ separator: UInt8, into items: inout [ByteSlice]) {
    if separator == 0x20 {
      while skipBlanks() {
        let start = position
        while position < text.count, !text[position].isListBlank { position += 1 }
        items.append(text.slice(start..<position).listItem)
      }
      return
    }
    while position <= text.count {
      let end = text.firstIndex(of: separator, from: position) ?? text.count
      items.append(text.slice(position..<end).listItem)
      position = end + 1
    }
  }

  private mutating func cutQuoted(hasCommas: Bool, into items: inout [ByteSlice]) throws(Problem) {
    while skipBlanks() {
      let first = text[position]
      if first == 0x22 || first == 0x27 {
        items.append(try quoted(first))
      } else if first == 0x5B || first == 0x7B {
        throw Problem(text: "which holds a list within a list, expected one number or word for each timestep")
      } else {
        let start = position
        while position < text.count, hasCommas ? text[position] != 0x2C : !text[position].isListBlank { position += 1 }
        items.append(text.slice(start..<position).listItem)
      }
      guard skipBlanks() else { return }
      if text[position] == 0x2C {
        position += 1
      } else if hasCommas {
        throw Problem(text: "in which a comma is missing between two items")
      }
    }
  }

  /// Passes over blanks; false where nothing follows.
  private mutating func skipBlanks() -> Bool {
    while position < text.count, text[position].isListBlank { position += 1 }
    return position < text.count
  }

  /// What stands in quotes at the position, which moves behind them.
  private mutating func quoted(_ quote: UInt8) throws(Problem) -> ByteSlice {
    let bytes = UnsafeMutablePointer(mutating: text.base)
    let start = position + 1
    var (index, written) = (start, start)
    while index < text.count, bytes[index] != quote {
      guard bytes[index] == 0x5C, index + 1 < text.count else {
        bytes[written] = bytes[index]
        (index, written) = (index + 1, written + 1)
        continue
      }
      let escaped = bytes[index + 1]
      index += 2
      if let plain = ListCells.plain[escaped] {
        bytes[written] = plain
        written += 1
      } else if escaped == 0x75 {
        for byte in String(try scalar(&index)).utf8 {
          bytes[written] = byte
          written += 1
        }
      } else {
        bytes[written] = 0x5C
        bytes[written + 1] = escaped
        written += 2
      }
    }
    guard index < text.count else { throw Problem(text: "in which a quote is opened and not closed") }
    position = index + 1
    return text.slice(start..<written)
  }

  /// What a backslash and a letter stand for.
  private static let plain: [UInt8: UInt8] = [
    0x22: 0x22, 0x27: 0x27, 0x5C: 0x5C, 0x2F: 0x2F, 0x6E: 0x0A, 0x74: 0x09, 0x72: 0x0D, 0x62: 0x08, 0x66: 0x0C,
  ]

  /// The scalar behind `\u`, of a pair of surrogates where the first is one.
  private func scalar(_ index: inout Int) throws(Problem) -> Unicode.Scalar {
    let problem = Problem(text: "in which \\u is not followed by four hexadecimal digits of a character")
    func unit(_ start: Int) -> UInt32? {
      guard start + 4 <= text.count else { return nil }
      return UInt32(text.slice(start..<start + 4).text, radix: 16)
    }
    guard var code = unit(index) else { throw problem }
    index += 4
    if code >> 10 == 0x36, index + 6 <= text.count, text[index] == 0x5C, text[index + 1] == 0x75,
      let low = unit(index + 2), low >> 10 == 0x37
    {
      code = 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF)
      index += 6
    }
    guard code != 0, let scalar = Unicode.Scalar(code) else { throw problem }
    return scalar
  }
}

extension UInt8 {
  /// A blank, a tab, or a line ending, as numpy has them in long lists.
  fileprivate var isListBlank: Bool { self == 0x20 || 0x09...0x0D ~= self }
}

extension ByteSlice {
  /// Without blanks and line endings at both ends.
  var listTrimmed: ByteSlice {
    var (lower, upper) = (0, count)
    while lower < upper, base[lower].isListBlank { lower += 1 }
    while upper > lower, base[upper - 1].isListBlank { upper -= 1 }
    return slice(lower..<upper)
  }

  /// What stands between the brackets or parentheses that it begins and ends with.
  var betweenBrackets: ByteSlice? {
    guard count >= 2 else { return nil }
    switch (base[0], base[count - 1]) {
    case (0x5B, 0x5D), (0x28, 0x29): return slice(1..<count - 1)
    default: return nil
    }
  }

  /// The item of a list that stands without quotes: empty where it means nothing, and without the type that numpy writes
  /// around it, as in `np.float64(0.5)`.
  fileprivate var listItem: ByteSlice {
    var item = listTrimmed
    if item.count > 4, item[0] == 0x6E, item[1] == 0x70, item[2] == 0x2E, item[item.count - 1] == 0x29,
      let open = item.firstIndex(of: 0x28)
    {
      item = item.slice(open + 1..<item.count - 1).listTrimmed
      if item.count >= 2, item[0] == item[item.count - 1], item[0] == 0x27 || item[0] == 0x22 {
        return item.slice(1..<item.count - 1)
      }
    }
    let isNothing =
      item.equalsIgnoringCase("none") || item.equalsIgnoringCase("null") || item.equalsIgnoringCase("nan")
      || item.equalsIgnoringCase("<na>")
    return isNothing ? item.slice(0..<0) : item
  }
}
