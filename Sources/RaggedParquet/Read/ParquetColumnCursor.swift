/// The values of one column in one row group, read batch after batch: no more than a page, the dictionary and a batch is in
/// memory.
///
/// A class, since it moves on; each task has its own.
public final class ParquetColumnCursor {
  /// The column.
  public let column: ParquetColumn
  /// The row group, counted from 0.
  public let rowGroup: Int
  /// How many rows have not been read.
  public private(set) var rowsLeft: Int

  private let options: ParquetOptions
  private let file: String
  private let pages: PageStream
  private let decompressor: Decompressor
  private let sink: ColumnSink
  private var assembler: LevelAssembler
  /// Values of the chunk in pages that have not been opened.
  private var valuesInPages: Int
  private var pageOffset: Int
  private var hasDictionary = false
  /// Why nothing more can be read.
  private var failure: (any Error)?
  private let pageBytes: PageBytes
  /// The page that is open: values left in it, and their decoders.
  private var valuesInPage = 0
  private var repetition = LevelDecoder.constant(0)
  private var definition = LevelDecoder.constant(0)
  private var values: ValueDecoder
  /// Levels that have been decoded, and how many of them are done with.
  private var repetitionLevels = [UInt8](repeating: 0, count: ParquetColumnCursor.portion)
  private var definitionLevels = [UInt8](repeating: 0, count: ParquetColumnCursor.portion)
  private var depths = [UInt8](repeating: 0, count: ParquetColumnCursor.portion)
  private var levelCount = 0
  private var levelsDone = 0

  /// Levels decoded at once.
  private static let portion = 4096

  init(
    _ input: any ParquetInput, _ footerOffset: Int, _ column: ParquetColumn, _ group: ParquetRowGroup, _ rowGroup: Int,
    _ options: ParquetOptions
  ) throws {
    let chunk = group.chunks[column.index]
    (self.column, self.rowGroup, self.options, file) = (column, rowGroup, options, input.name)
    (decompressor, pages) = try located(ParquetPlace(file: input.name, column: column.name, rowGroup: rowGroup)) {
      try chunk.check(column, rows: group.rowCount)
      let range = try chunk.range(footerOffset)
      return (
        try Decompressor(chunk.codec, code: chunk.codecCode),
        PageStream(input, from: range.lowerBound, to: range.upperBound, options)
      )
    }
    let empty = PageBytes()
    (pageBytes, values) = (empty, .plain(ByteCursor(empty)))
    rowsLeft = group.rowCount
    valuesInPages = chunk.valueCount
    pageOffset = pages.offset
    sink = ColumnSink(column, options)
    assembler = LevelAssembler(column)
  }

  /// The next rows, as many as asked for unless the row group ends; nil at its end.
  /// - Throws: ``ParquetError`` with the place, and the same each time afterwards.
  public func next(rows: Int) throws -> ParquetColumnBatch? {
    let wanted = min(rows, rowsLeft)
    guard wanted > 0 else { return nil }
    if let failure { throw failure }
    do {
      if column.listDepth == 0 { try readFlat(wanted) } else { try readLists(wanted) }
      rowsLeft -= wanted
      if rowsLeft == 0 { try checkEnd() }
    } catch {
      let place = ParquetPlace(file: file, column: column.name, rowGroup: rowGroup, offset: pageOffset)
      let failure = (error as? ParquetError)?.within(place) ?? error
      self.failure = failure
      throw failure
    }
    let (lists, presence) = assembler.finish()
    return ParquetColumnBatch(
      column: column, rowCount: wanted, lists: lists, values: sink.finish(), presence: presence)
  }

  private func readFlat(_ wanted: Int) throws {
    var left = wanted
    while left > 0 {
      if valuesInPage == 0 { try openPage() }
      let count = min(left, valuesInPage, Self.portion)
      try definitionLevels.withUnsafeMutableBufferPointer { levels in
        let complete = UInt8(column.maximumDefinition)
        let same = try definition.read(count, into: levels.baseAddress!)
        let all = UnsafeBufferPointer(rebasing: levels[..<count])
        let present = same.map { $0 == complete ? count : 0 } ?? all.count { $0 == complete }
        let absent = present == count ? nil : all
        assembler.addFlat(count, absent)
        try sink.append(Slots(count: count, present: present, levels: absent, full: complete), from: &values)
      }
      valuesInPage -= count
      left -= count
    }
  }

  private func readLists(_ wanted: Int) throws {
    var rows = 0
    while true {
      if levelsDone == levelCount, try !readLevels() { break }
      var end = levelsDone
      while end < levelCount {
        if repetitionLevels[end] == 0 {
          if rows == wanted { break }
          rows += 1
        }
        end += 1
      }
      try assemble(levelsDone..<end)
      levelsDone = end
      if end < levelCount { break }
      // The last of all rows ends where the chunk does.
    }
    guard rows == wanted else {
      throw ParquetError.damaged("the column's pages end after \(rows) of \(wanted) rows that the row group has left")
    }
  }

  /// Decodes levels of the page that is open, or of the next; false at the end of the chunk.
  private func readLevels() throws -> Bool {
    while valuesInPage == 0 {
      if valuesInPages == 0 { return false }
      try openPage()
    }
    let count = min(valuesInPage, Self.portion)
    _ = try repetitionLevels.withUnsafeMutableBufferPointer { try repetition.read(count, into: $0.baseAddress!) }
    _ = try definitionLevels.withUnsafeMutableBufferPointer { try definition.read(count, into: $0.baseAddress!) }
    (levelCount, levelsDone) = (count, 0)
    valuesInPage -= count
    return true
  }

  private func assemble(_ range: Range<Int>) throws {
    guard !range.isEmpty else { return }
    guard assembler.slotCount + range.count <= options.limits.batchSlots else {
      throw ParquetError.limit(
        "a batch has lists of more than \(options.limits.batchSlots) values, the limit (ask for fewer rows)")
    }
    try depths.withUnsafeMutableBufferPointer { depths in
      let (slots, present) = try repetitionLevels.withUnsafeBufferPointer { repetition in
        try definitionLevels.withUnsafeBufferPointer { definition in
          try assembler.add(
            repetition: UnsafeBufferPointer(rebasing: repetition[range]),
            definition: UnsafeBufferPointer(rebasing: definition[range]), depths: depths.baseAddress!)
        }
      }
      let own = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(depths)[..<slots])
      let filled = Slots(
        count: slots, present: present, levels: present == slots ? nil : own,
        full: UInt8(column.optionalFields[column.listDepth]))
      try sink.append(filled, from: &values)
    }
  }

  /// Opens the next page that has values.
  private func openPage() throws {
    while valuesInPage == 0 {
      guard !pages.isAtEnd, valuesInPages > 0 else {
        throw ParquetError.damaged("the column's pages end \(valuesInPages) values before they should")
      }
      pageOffset = pages.offset
      let (header, bytes) = try pages.next()
      switch header.kind {
      case .other: continue
      case .dictionary: try openDictionary(header, bytes)
      case .data: try openData(header, bytes)
      case .dataV2: try openDataV2(header, bytes)
      }
    }
  }

  private func openDictionary(_ header: PageHeader, _ bytes: ByteCursor) throws {
    guard header.encoding == PageEncoding.plain.rawValue || header.encoding == PageEncoding.plainDictionary.rawValue
    else {
      throw ParquetError.unsupported(
        "its dictionary is encoded as \(PageEncoding(rawValue: header.encoding)?.name ?? "\(header.encoding)"), expected "
          + "PLAIN")
    }
    guard !hasDictionary else { throw ParquetError.damaged("it has a second dictionary in one row group") }
    hasDictionary = true
    guard column.physicalType != .boolean else {
      throw ParquetError.unsupported("truth values have a dictionary, which is not supported")
    }
    try sink.setDictionary(try decompressed(bytes, header.uncompressedBytes), count: header.valueCount)
  }

  private func openData(_ header: PageHeader, _ bytes: ByteCursor) throws {
    try begin(header)
    guard header.valueCount > 0 else { return }
    var cursor = try decompressed(bytes, header.uncompressedBytes)
    repetition = try LevelDecoder.version1(
      &cursor, encoding: header.repetitionEncoding, maximum: column.maximumRepetition, count: header.valueCount,
      "repetition")
    definition = try LevelDecoder.version1(
      &cursor, encoding: header.definitionEncoding, maximum: column.maximumDefinition, count: header.valueCount,
      "definition")
    values = try ValueDecoder(header.encoding, cursor, column)
  }

  private func openDataV2(_ header: PageHeader, _ bytes: ByteCursor) throws {
    try begin(header)
    guard header.valueCount > 0 else { return }
    var cursor = bytes
    repetition = try LevelDecoder.version2(
      &cursor, bytes: header.repetitionBytes, maximum: column.maximumRepetition, "repetition")
    definition = try LevelDecoder.version2(
      &cursor, bytes: header.definitionBytes, maximum: column.maximumDefinition, "definition")
    let size = header.uncompressedBytes - header.repetitionBytes - header.definitionBytes
    guard size >= 0 else {
      throw ParquetError.damaged("a page of \(header.uncompressedBytes) bytes has levels of \(-size) bytes more")
    }
    // Without values some writers compress nothing, and others leave it out.
    let isStored = !header.isCompressed || size == 0
    values = try ValueDecoder(
      header.encoding, isStored ? try cursor.take(size, "a page's values") : try decompressed(cursor, size), column)
  }

  private func begin(_ header: PageHeader) throws {
    guard header.valueCount <= valuesInPages else {
      throw ParquetError.damaged(
        "a page has \(header.valueCount) values, and the column has \(valuesInPages) left by its metadata")
    }
    valuesInPages -= header.valueCount
    valuesInPage = header.valueCount
  }

  private func decompressed(_ bytes: ByteCursor, _ size: Int) throws -> ByteCursor {
    try decompressor.check(bytes.remaining, holds: size)
    if decompressor.isIdentity { return bytes }
    try decompressor.decompress(bytes, into: pageBytes.resize(size))
    return ByteCursor(pageBytes)
  }

  private func checkEnd() throws {
    let left = valuesInPages + valuesInPage + levelCount - levelsDone
    guard left == 0 else {
      throw ParquetError.damaged("the column has \(left) values more than the rows of its row group")
    }
  }
}
