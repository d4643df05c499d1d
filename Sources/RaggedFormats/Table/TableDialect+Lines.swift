import RaggedCore

extension TableDialect {
  /// Finds what separates cells, what comments begin with, and a first line that names the delimiter.
  /// - Throws: ``InputError``, fatal, where lines may be comments or rows.
  mutating func findDelimiter(_ text: SampledText, usual: UInt8, _ options: TableOptions, file: String) throws {
    var first = 0
    if skippedLines == 0, let named = TableDialect.namedDelimiter(text) {
      first = 1
      skippedLines = 1
      if options.delimiter == nil {
        delimiter = named
        notes.append(InputNote("its first line names the delimiter: \(TableDialect.words(named))"))
      }
    }
    if let said = options.comment, !said.isEmpty { comments = CommentLines(Array(said.utf8)) }
    let used = text.lines.indices.dropFirst(first).filter { !text.line($0).isEmpty }
    let mark = options.comment == "" ? nil : comments?.mark ?? [0x23]
    let isSettled = options.delimiter != nil || usual != 0x2C
    let rows = SampledRow.rows(
      of: text, used, mark: mark, isSettled ? [delimiter] : [delimiter, 0x2C, 0x3B, 0x09, 0x7C])
    let plain = rows.filter { !$0.mayBeComment }.flatMap(\.lines)
    if options.delimiter == nil, usual == 0x2C, skippedLines == 0 || first == 0 {
      let counts = TableDialect.cellCounts(text, plain)
      if let found = TableDialect.likeliest(counts, text, hasHeader: options.hasHeader), found != usual {
        delimiter = found
        notes.append(InputNote("cells are separated by \(TableDialect.words(found))", remedy: .sayDelimiter))
      }
    }
    if options.comment == nil { try findComments(text, used, options, file: file) }
  }

  /// The delimiter of `sep=;`, which Excel reads and writes.
  private static func namedDelimiter(_ text: SampledText) -> UInt8? {
    guard !text.lines.isEmpty else { return nil }
    let line = text.line(0).filter { $0 != 0x22 }
    guard line.count == 5, line.starts(with: [0x73, 0x65, 0x70, 0x3D]) || line.starts(with: [0x53, 0x45, 0x50, 0x3D]),
      let mark = line.last, mark < 0x80, mark > 0x20 || mark == 0x09, mark | 0x20 < 0x61 || mark | 0x20 > 0x7A,
      mark < 0x30 || mark > 0x39
    else { return nil }
    return mark
  }

  /// In words for a message.
  static func words(_ delimiter: UInt8) -> String {
    delimiter == 0x09 ? "tabs" : String(UnicodeScalar(delimiter)).quotedForMessage
  }

  /// The number of cells of each line by each delimiter. Quotes are heeded, and lines that begin within some belong to those
  /// before.
  private static func cellCounts(
    _ text: SampledText, _ lines: [Int], _ delimiters: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]
  ) -> [(delimiter: UInt8, counts: [Int], first: Int?)] {
    var result = delimiters.map { (delimiter: $0, counts: [Int](), first: Int?.none) }
    var isQuoted = false
    var byByte = [Int](repeating: 0, count: 256)
    for index in lines {
      let isNew = !isQuoted
      for (offset, byte) in text.line(index).enumerated() {
        if byte == 0x22 { isQuoted.toggle() }
        if isQuoted { continue }
        byByte[Int(byte)] += 1
        if index == lines.first, byByte[Int(byte)] == 1, let place = delimiters.firstIndex(of: byte) {
          result[place].first = offset
        }
      }
      for place in result.indices {
        let count = byByte[Int(delimiters[place])]
        byByte[Int(delimiters[place])] = 0
        if isNew {
          result[place].counts.append(count + 1)
        } else {
          result[place].counts[result[place].counts.count - 1] += count
        }
      }
    }
    return result
  }

  /// The number of cells that most lines have.
  static func width(_ counts: [Int]) -> Int? {
    let totals = Dictionary(counts.map { ($0, 1) }, uniquingKeysWith: +)
    return totals.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  /// The delimiter by which most lines have the same number of cells, two or more; where several are equal, the one that
  /// comes first in the header, or makes the most numbers of rows.
  private static func likeliest(
    _ counts: [(delimiter: UInt8, counts: [Int], first: Int?)], _ text: SampledText, hasHeader: Bool
  ) -> UInt8? {
    let candidates = counts.compactMap { candidate -> (delimiter: UInt8, same: Int, first: Int)? in
      guard let width = width(candidate.counts), width > 1 else { return nil }
      return (candidate.delimiter, candidate.counts.count { $0 == width }, candidate.first ?? .max)
    }
    guard let most = candidates.map(\.same).max() else { return nil }
    let best = candidates.filter { $0.same == most }
    if hasHeader || best.count < 2 { return best.min { $0.first < $1.first }?.delimiter }
    func share(_ delimiter: UInt8) -> Double {
      let cells = text.lines.first.map { text.bytes[$0].split(separator: delimiter, omittingEmptySubsequences: false) }
      let numbers = (cells ?? []).count { Array($0).withUnsafeSlice { NumberShape($0).map { _ in true } } ?? false }
      return Double(numbers) / Double(max(cells?.count ?? 1, 1))
    }
    return best.max { (share($0.delimiter), -$0.first) < (share($1.delimiter), -$1.first) }?.delimiter
  }

  /// Every name of a column that the options have.
  static func names(of options: TableOptions) -> [String] {
    let lists: [[String]?] = [
      options.features, options.roles.target, options.inputs, options.times, options.numbers, options.categories,
      options.labels, options.statics, options.skipped, options.metadata,
    ]
    let single = [
      options.roles.id, options.roles.weight, options.roles.valid, options.roles.split, options.roles.group,
      options.time, options.metadataObject,
    ]
    return lists.flatMap { $0 ?? [] } + single.compactMap { $0 }
  }
}
