/// A line of a file of tagged tokens, cut into cells.
///
/// A line that begins with `#` is a comment, unless it is the token `#`, or one that begins with it: a line with as many
/// cells as there are columns is a token's, but for one that says something as comments do (`# sent_id = 1`, `# id 1`)
/// between sentences. Between tabs a line with one cell is a comment. Where there is one column only, comments begin with `#` and a blank.
struct TaggedLine {
  /// What separates cells; a blank stands for any run of blanks and tabs.
  let delimiter: UInt8
  /// As many cells as each row has; 0 where that is not known yet.
  let columns: Int
  private(set) var cells: [ByteSlice] = []

  init(delimiter: UInt8?, columns: Int) { (self.delimiter, self.columns) = (delimiter ?? 0x09, columns) }

  /// Cuts a line that is not blank. An empty cell behind the last column is the mark of a delimiter at the line's end.
  mutating func read(_ line: ByteSlice) {
    cells.removeAll(keepingCapacity: true)
    if delimiter == 0x20 {
      var start = 0
      while start < line.count {
        if Self.isBlank(line.base[start]) {
          start += 1
          continue
        }
        var end = start + 1
        while end < line.count, !Self.isBlank(line.base[end]) { end += 1 }
        cells.append(line.slice(start..<end))
        start = end + 1
      }
      return
    }
    var start = 0
    for index in 0..<line.count where line.base[index] == delimiter {
      cells.append(line.slice(start..<index))
      start = index + 1
    }
    cells.append(line.slice(start..<line.count))
    while columns > 0, cells.count > columns, cells[cells.count - 1].isEmpty { cells.removeLast() }
  }

  /// Whether the line that was read is a comment.
  /// - Parameter isFirst: whether no token of the sentence stands before it.
  func isComment(_ line: ByteSlice, isFirst: Bool) -> Bool {
    guard line.base[0] == 0x23 else { return false }
    let isOpen = line.count > 1 && Self.isBlank(line.base[1])
    if columns == 1, delimiter != 0x20 { return isOpen }
    if isFirst, case .document = SentenceHead.comment(line) { return true }
    if isFirst, delimiter == 0x20 || line.count > 1 && line.base[1] == 0x20,
      isOpen && SentenceHead.comment(line) != .remark
    {
      return true
    }
    if cells.count == columns { return false }
    if delimiter != 0x20 { return cells.count == 1 || isOpen && line.base[1] == 0x20 }
    return isFirst || isOpen
  }

  /// Whether the line begins a document of CoNLL-2003.
  var isDocumentStart: Bool {
    guard let first = cells.first, first.count == 10 || first.count == 11 else { return false }
    return first.equals(Self.documentStart) || first.equals(Self.documentStart + [0x3A])
  }

  private static let documentStart = Array("-DOCSTART-".utf8)

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
