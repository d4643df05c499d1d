import RaggedCore

/// A sentence that is being put together from its rows.
struct Sentence {
  var head = SentenceHead()
  /// What is wrong with it.
  var failure: InputError?
  /// Its first line.
  var line: Int?
  private(set) var length = 0
  private var words = Words()
  private var classes: [Int32] = []  // [T]
  private var classNames = NameCodes()
  /// Whether each class is one of the declared.
  private var areDeclared = [true]
  private var codes: [[Int32]] = []  // [columns][T]
  private var numbers: [[Float]] = []  // [columns][T]
  private var names: [NameCodes] = []

  /// Whether there is something to make a record of, or to refuse.
  var isBegun: Bool { length > 0 || failure != nil || head.key != nil }

  mutating func begin(_ layout: TaggedLayout) {
    if names.isEmpty, !layout.further.isEmpty { names = layout.further.map { _ in NameCodes() } }
    head = SentenceHead()
    (failure, line, length) = (nil, nil, 0)
    words.begin()
    classes = []
    codes = layout.further.map { _ in [] }
    numbers = layout.further.map { _ in [] }
    let known = classNames.names.count
    classNames.beginSequence()
    if classNames.names.count < known { areDeclared = [true] }
    for place in names.indices { names[place].beginSequence() }
  }

  /// Takes a row.
  /// - Returns: what is wrong with it, nil where nothing is.
  mutating func append(_ cells: [ByteSlice], _ layout: TaggedLayout, _ words: TaggedWords) -> String? {
    for (place, (index, column)) in layout.further.enumerated() {
      guard column.kind == .number else {
        codes[place].append(names[place].code(cells[index], isMissing: words.isMissing))
        continue
      }
      if words.isMissing(cells[index]) {
        numbers[place].append(.nan)
      } else if case .value(let value) = cells[index].parsedFloat {
        numbers[place].append(value)
      } else {
        return "column \(column.name.quotedForMessage) is \(cells[index].quoted), expected a number or _"
      }
    }
    if let target = layout.target {
      let code = classNames.code(cells[target], isMissing: words.isMissing)
      if let declared = words.classSet {
        while areDeclared.count < classNames.names.count {
          areDeclared.append(declared.contains(ExactName(classNames.names[areDeclared.count])))
        }
        guard areDeclared[Int(code)] else {
          return "column \(layout.names[target].quotedForMessage) is \(cells[target].quoted), expected one of the "
            + "declared classes \(words.classes.listedForMessage)"
        }
      }
      classes.append(code)
    }
    self.words.append(cells[layout.words], isUnknown: !words.areFormsTokens && words.isMissing(cells[layout.words]))
    length += 1
    return nil
  }

  mutating func record(_ key: String, _ layout: TaggedLayout, group: String?) -> SequenceRecord {
    let cells = layout.further.enumerated().map { place, further -> RecordCells in
      further.column.kind == .number
        ? .numbers(numbers[place]) : .categories(Categories(codes: codes[place], names: names[place].names))
    }
    let target: RecordTarget =
      layout.target == nil
      ? .none : .classPerTimestep(Categories(codes: classes, names: classNames.names))
    return SequenceRecord(
      key: key, input: .texts(words.categories), target: target, cells: cells, weight: head.weight,
      split: head.split, group: group, metadata: head.metadata, line: line ?? 0)
  }
}

/// The tokens of a sentence, each distinct one a name.
private struct Words {
  private var codes: [Int32] = []  // [T]
  private var names = NameCodes()
  /// Tokens that are unknown share the code of the names' empty one.
  private var hasUnknown = false

  mutating func begin() {
    codes = []
    names.beginSequence()
  }

  mutating func append(_ word: ByteSlice, isUnknown: Bool) {
    if isUnknown { hasUnknown = true }
    codes.append(isUnknown ? 0 : names.code(word, isMissing: { _ in false }))
  }

  var categories: Categories {
    guard hasUnknown else { return Categories(codes: codes, names: names.names) }
    var names = names.names
    names[0] = Vocabulary.unknownText
    return Categories(codes: codes, names: names)
  }
}

/// What the words of a file mean beside what they say.
struct TaggedWords {
  private let missing: [[UInt8]]
  let classes: [String]
  /// The only classes there may be; nil where any may come.
  let classSet: Set<ExactName>?
  /// Whether what stands for a missing cell is a token where tokens stand.
  let areFormsTokens: Bool

  init(_ choice: TaggedChoice) {
    missing = choice.missing.map { Array($0.utf8) }
    (classes, classSet, areFormsTokens) = (choice.classes ?? [], choice.classes?.exactNames, choice.isUniversal)
  }

  /// Whether a cell stands for nothing.
  func isMissing(_ cell: ByteSlice) -> Bool {
    if cell.isEmpty { return true }
    for word in missing where cell.equals(word) { return true }
    return false
  }
}
