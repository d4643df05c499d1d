import RaggedCore

/// Reads tagged tokens, CoNLL's columns and CoNLL-U: a token a line, a blank line between sentences.
///
/// Quotes are characters like others. A line of `-DOCSTART-` is no token and ends a sentence. In CoNLL-U the rows of
/// multi-word tokens (`1-2`) and empty nodes (`1.1`) are left out. What was left out is counted and said at the end. A
/// sentence with a row that is wrong is left out as a whole. A `sent_id` without tokens is a sequence without timesteps.
///
/// `#` begins a comment, but it is a token too: see ``TaggedLine``.
struct TaggedReader: LineFormatReader {
  let lines: LineReader
  private let choice: TaggedChoice
  private let stem: String
  private let source: InputSource
  private let words: TaggedWords
  private var layout: TaggedLayout?
  private var line = TaggedLine(delimiter: nil, columns: 0)
  /// The lines that were read to find the columns, the first last.
  private var held: [(bytes: [UInt8], number: Int)] = []
  private var sentence = Sentence()
  private var position = 0
  private var group: String?
  private var leftOut = LeftOutRows()

  /// Lines and bytes that are looked at for the first one that can only be a token's.
  private static let sampleLines = 10_000
  private static let sampleBytes = 1 << 20
  /// The most columns, each of which is one of every sentence.
  private static let columnLimit = 4096

  init(_ source: InputSource, conll: ConllOptions) throws { try self.init(source, conll.choice) }
  init(_ source: InputSource, conllu: ConlluOptions) throws { try self.init(source, conllu.choice) }

  private init(_ source: InputSource, _ choice: TaggedChoice) throws {
    lines = LineReader(try InputBytes(source), maximumLineBytes: choice.maximumLineBytes, encoding: choice.encoding)
    self.choice = choice
    stem = source.keyStem
    self.source = source
    words = TaggedWords(choice)
  }

  mutating func description() throws -> InputDescription { try prepared().description(choice) }
  mutating func roles() throws -> String { try prepared().roles(choice) }

  mutating func facts() -> InputFacts {
    guard let layout = try? prepared() else { return InputFacts() }
    var facts = InputFacts()
    facts.traits = [
      FileTrait("encoding", lines.source.textForm.encoding.rawValue, .encoding),
      FileTrait("delimiter", line.delimiter.delimiterWord, choice.isUniversal ? nil : .delimiter),
      FileTrait("columns", layout.names.listedForMessage),
      FileTrait("sentences end", "at blank lines"),
      FileTrait("comments", "lines that begin with \"#\""),
    ]
    return facts
  }

  mutating func takeNotes() -> [InputNote] { leftOut.takeNotes() }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    sentence.begin(layout)
    while true {
      let isEnd: Bool
      if let (bytes, number) = held.popLast() {
        isEnd = try bytes.withUnsafeBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return endsBlock() }
          return try take(ByteSlice(base: base, count: buffer.count), number, layout)
        }
      } else if let next = try lines.next() {
        isEnd = try take(next, lines.line, layout)
      } else {
        break
      }
      if isEnd { return try finished(layout) }
    }
    leftOut.isWhole = true
    return sentence.isBegun ? try finished(layout) : nil
  }

  /// Takes a line.
  /// - Returns: whether the sentence ends with it.
  private mutating func take(_ text: ByteSlice, _ number: Int, _ layout: TaggedLayout) throws -> Bool {
    if text.trimmed.isEmpty { return endsBlock() }
    // What is wrong in one row is wrong with the sentence, which goes on to its end.
    if sentence.failure != nil { return false }
    func fail(_ problem: String) { sentence.failure = InputError(file: lines.file, line: number, problem: problem) }
    sentence.line = sentence.line ?? number
    if let fault = lines.textFault(text, line: number) {
      sentence.failure = fault
      return false
    }
    line.read(text)
    if line.isComment(text, isFirst: sentence.length == 0) {
      takeComment(text, number)
      return false
    }
    if line.isDocumentStart {
      leftOut.documentStarts += 1
      return sentence.isBegun
    }
    guard line.cells.count == line.columns else {
      fail(
        "the line has \(line.cells.count.counted("column")), expected \(line.columns), as many as the first token's line"
      )
      return false
    }
    if let numbering = layout.numbering {
      let id = line.cells[numbering]
      if id.firstIndex(of: 0x2D) != nil {
        leftOut.multiWordTokens += 1
        return false
      }
      if id.firstIndex(of: 0x2E) != nil {
        leftOut.emptyNodes += 1
        return false
      }
      guard id.decimalNumber?.natural != nil else {
        fail("column \"ID\" is \(id.quoted), expected the number of a word, 1-2 or 1.1")
        return false
      }
    }
    let word = line.cells[layout.words]
    if word.isEmpty {
      fail("column \(layout.names[layout.words].quotedForMessage) is empty, expected a token")
      return false
    }
    if let problem = sentence.append(line.cells, layout, words) { fail(problem) }
    return false
  }

  /// Takes a blank line.
  /// - Returns: whether a sentence ends with it. Comments alone are none.
  private mutating func endsBlock() -> Bool {
    if !sentence.isBegun { (sentence.head, sentence.line) = (SentenceHead(), nil) }
    return sentence.isBegun
  }

  private mutating func takeComment(_ text: ByteSlice, _ number: Int) {
    switch SentenceHead.comment(text) {
    case .entry(let name, let value):
      // An id names what comes behind it.
      if name == "sent_id", sentence.length > 0 {
        sentence.failure = InputError(
          file: lines.file, line: number, problem: "a sent_id stands within a sentence, expected a blank line before it"
        )
      } else if let problem = sentence.head.take(name, value) {
        sentence.failure = InputError(file: lines.file, line: number, problem: problem)
      }
    case .document(let name): group = name
    case .columns: break
    case .remark: leftOut.note(remark: text, number)
    }
  }

  private mutating func finished(_ layout: TaggedLayout) throws -> SequenceRecord {
    position += 1
    let key = sentence.head.key ?? "\(stem):\(position)"
    if var failure = sentence.failure {
      failure.key = key
      throw failure
    }
    return sentence.record(key, layout, group: group)
  }

  /// Looks for the columns in the first line that can only be a token's.
  private mutating func prepared() throws -> TaggedLayout {
    if let layout { return layout }
    var names: [String]? = choice.isUniversal ? ConlluOptions.columnNames : nil
    var bytes = 0
    // Without another, the first line that begins with the sign of a comment and need not be one.
    var (columns, possible): (Int?, Int?) = (nil, nil)
    while columns == nil, held.count < Self.sampleLines, bytes < Self.sampleBytes, let text = try lines.next() {
      held.append((text.array, lines.line))
      bytes += text.count
      if text.trimmed.isEmpty { continue }
      if text[0] == 0x23, case .columns(let found) = SentenceHead.comment(text), !choice.isUniversal {
        names = names ?? found
        continue
      }
      var first = TaggedLine(
        delimiter: choice.delimiter ?? (text.firstIndex(of: 0x09) == nil ? 0x20 : 0x09), columns: 0)
      first.read(text)
      let isSigned = text[0] == 0x23
      if first.isDocumentStart || isSigned && (choice.isUniversal || possible != nil) { continue }
      var count = first.cells.count
      while count > 1, first.cells[count - 1].isEmpty { count -= 1 }
      guard isSigned else {
        columns = count
        line = TaggedLine(delimiter: first.delimiter, columns: count)
        continue
      }
      if SentenceHead.comment(text) == .remark, text.count == 1 || text[1] != 0x20 {
        possible = count
        line = TaggedLine(delimiter: first.delimiter, columns: count)
      }
    }
    if held.isEmpty { throw source.fault("the file is empty") }
    guard let count = columns ?? names?.count ?? possible else {
      throw source.fault("no line holds a token")
    }
    guard count <= Self.columnLimit else {
      throw source.fault("the rows have \(count) columns, expected at most \(Self.columnLimit)")
    }
    if columns == nil, names != nil || possible == nil {
      line = TaggedLine(delimiter: choice.delimiter ?? 0x09, columns: count)
    }
    if let names, names.count != count {
      let said = choice.isUniversal ? "CoNLL-U has" : "the line of global.columns names"
      throw InputError(
        file: lines.file, line: held.last?.number,
        problem: "the line has \(count.counted("column")), but \(said) \(names.count)", isFatal: true)
    }
    if let twice = names?.firstRepeated {
      throw source.fault("the line of global.columns names \(twice.quotedForMessage) twice")
    }
    held.reverse()
    let layout = try TaggedLayout(names ?? TaggedLayout.numbered(count), choice, source)
    self.layout = layout
    return layout
  }
}

/// The rows that are no tokens, and the comments that say nothing which is kept.
private struct LeftOutRows {
  var documentStarts = 0
  var multiWordTokens = 0
  var emptyNodes = 0
  var isWhole = false
  private var remarks = 0
  private var firstRemark = ""

  mutating func note(remark: ByteSlice, _ line: Int) {
    if remarks == 0 { firstRemark = "\(remark.quoted) on line \(line)" }
    remarks += 1
  }

  /// Says it, once the file has been read.
  mutating func takeNotes() -> [InputNote] {
    guard isWhole else { return [] }
    var notes: [InputNote] = []
    let rows = [(multiWordTokens, "multi-word token"), (emptyNodes, "empty node")].filter { $0.0 > 0 }
    if !rows.isEmpty {
      let parts = rows.map { $0.0.counted($0.1) }.joined(separator: " and ")
      notes.append(InputNote("left out \(parts), whose words are rows of their own"))
    }
    if documentStarts > 0 { notes.append(InputNote("left out \(documentStarts.counted("line")) of -DOCSTART-")) }
    if remarks > 0 {
      notes.append(
        InputNote(
          "left out \(remarks.counted("comment line")) without a name and a value (# name = value), the first "
            + firstRemark))
    }
    self = LeftOutRows()
    return notes
  }
}
