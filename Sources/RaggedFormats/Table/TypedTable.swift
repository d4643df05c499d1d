import RaggedCore

/// Rows of a table whose format itself says what its columns are. A class, since it moves on.
package protocol TypedRows: AnyObject {
  /// What the columns are called, and of which kind they are.
  var columns: TypedColumns { get }
  /// What a user should know of the input before rows are read.
  var notes: [InputNote] { get }
  /// The share of the input that was read.
  var share: Double { get }
  /// What is asked of the table, with what the format settles of it.
  func settled(_ table: TableOptions) -> TableOptions
  /// Where messages say that a row stands, which is counted from 1; nil where it has no place.
  func line(ofRow row: Int) -> Int?
  /// Adds the next rows.
  /// - Returns: false where there are no more.
  /// - Throws: ``InputError``, fatal.
  func write(to rows: inout RowText) throws -> Bool
}

extension TypedRows {
  /// Nothing.
  package var notes: [InputNote] { [] }
  /// As it is asked.
  package func settled(_ table: TableOptions) -> TableOptions { table }
  /// Its number.
  package func line(ofRow row: Int) -> Int? { row }
}

extension FileFormat {
  /// A format whose rows are those of a table.
  /// - Parameter rows: opens a source; called when the first of its rows, or what is known of them, is asked for.
  package static func table<Options: TableFormatOptions>(
    _ name: String, extensions: [String], isText: Bool = false, isStreamed: Bool = false, summary: String,
    rows: @escaping @Sendable (InputSource, Options) throws -> any TypedRows
  ) -> FileFormat {
    FileFormat(
      name, extensions: extensions, isText: isText, hasRowPerTimestep: true, isStreamed: isStreamed,
      namesFeatures: true,
      summary: summary
    ) { source, options in
      try TypedTableReader(source, options) { try rows(source, options) }
    }
  }
}

/// Reads rows that a format gives with their kinds, by the reader of tables: roles, notes and errors are its own.
struct TypedTableReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  private let options: any TableFormatOptions
  private let feed: TypedFeed
  private let open: () throws -> any TypedRows
  private var inner: Inner?
  private var notes: [InputNote] = []

  /// The reader, which is changed in place.
  private struct Inner {
    var reader: TableReader

    mutating func with<Result>(_ body: (inout TableReader) throws -> Result) rethrows -> Result { try body(&reader) }
  }

  init(
    _ source: InputSource, _ options: any TableFormatOptions, open: @escaping () throws -> any TypedRows
  ) throws {
    let feed = TypedFeed()
    self.feed = feed
    input = try InputBytes(source) { try feed.fill($0, $1) }
    (self.source, self.options, self.open) = (source, options, open)
  }

  /// As much of the file as its share that was read.
  var bytesRead: Int { Int(feed.share * Double(source.byteCount ?? 0)) }

  mutating func description() throws -> InputDescription { try withReader { try $0.description() } }
  mutating func roles() throws -> String { try withReader { try $0.roles() } }

  mutating func takeNotes() throws -> [InputNote] {
    let found = try withReader { try $0.takeNotes() }
    defer { notes = [] }
    return notes + found
  }

  mutating func next() throws -> SequenceRecord? {
    var record = try withReader { try $0.next() }
    if let line = record?.line { record?.line = feed.line(ofLine: line) ?? 0 }
    return record
  }

  private mutating func withReader<Result>(_ body: (inout TableReader) throws -> Result) throws -> Result {
    if inner == nil {
      let rows = try open()
      feed.rows = rows
      notes = rows.notes
      var table = options.typed(rows.columns)
      table.fileKey = source.sequenceKey
      inner = Inner(reader: TableReader(input, options: rows.settled(table), delimiter: 0x2C))
      do { _ = try inner?.with { try $0.description() } } catch var error as InputError {
        // What is wrong with columns is wrong with no row.
        error.line = nil
        throw feed.failure ?? error
      }
    }
    do {
      guard let result = try inner?.with(body) else { throw source.fault("cannot be opened") }
      return result
    } catch var error as InputError {
      error.line = error.line.flatMap { feed.line(ofLine: $0) }
      throw feed.failure ?? error
    }
  }
}

/// The text of rows, made as it is asked for. A class, since reader and bytes share it.
private final class TypedFeed {
  var rows: (any TypedRows)?
  private var text = RowText()
  private var taken = 0
  private(set) var share = 0.0
  /// Why no more rows come, with its own place.
  private(set) var failure: InputError?

  /// Where a line of the text stands in the input.
  func line(ofLine line: Int) -> Int? { rows?.line(ofRow: text.places.row(ofLine: line)) }

  func fill(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    while taken == text.text.bytes.count {
      text.removeAll()
      taken = 0
      if let failure { throw failure }
      do {
        guard let rows, try rows.write(to: &text) else {
          share = 1
          return 0
        }
      } catch let error as InputError {
        failure = error
        throw error
      }
      share = rows?.share ?? 1
    }
    let piece = min(count, text.text.bytes.count - taken)
    text.text.bytes.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { target.update(from: base + taken, count: piece) }
    }
    taken += piece
    return piece
  }
}
