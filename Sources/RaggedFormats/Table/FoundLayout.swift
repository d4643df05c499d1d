import RaggedCore

/// What a row of a table is, by options or else by the first rows where these leave no doubt.
struct FoundLayout {
  /// With the layout, nil where it is that of a long table with an id or of one sequence.
  private(set) var options: TableOptions
  private(set) var notes: [InputNote] = []

  init(_ head: TableHead, options: TableOptions) {
    self.options = options
    if options.layout == nil {
      if options.pivot != PivotOptions() { self.options.layout = .pivot }
      if options.channelOrder != nil { self.options.layout = .wide }
      if options.listSeparator != nil { self.options.layout = .lists }
    }
    guard options.layout != .long, !head.isEmpty else { return }
    let isNumeric = options.hasHeader && head.beginsWithNumbers
    if self.options.layout == nil { find(head, isNumeric: isNumeric) }
    if isNumeric, [.wide, .series, .blocks].contains(self.options.layout) {
      self.options.hasHeader = false
      notes.append("the first row holds numbers and is taken for data: the columns have no names")
    }
  }

  private mutating func find(_ sample: TableHead, isNumeric: Bool) {
    let named = options.time.map { $0 != "" } ?? false || options.roles.valid != nil || !options.times.isEmpty
    let lists = ListSample(sample, options: options)
    if lists.hasBrackets, !hasRepeatedIDs(sample) {
      options.layout = .lists
      notes.append(
        InputNote("cells hold lists, so that a row is taken for a sequence", remedy: .sayLayout(isHeaderless: false)))
      return
    }
    // A comma that is part of a number parts no numbers.
    if sample.dialect.form.isPlain, let column = unbracketedLists(sample) {
      options.layout = .lists
      notes.append(
        InputNote(
          "every cell of column \(sample.names[column].quotedForMessage) holds numbers side by side, so that a row is taken for a "
            + "sequence with lists", remedy: .sayLayout(isHeaderless: false)))
      return
    }
    let isOpen =
      !named && options.features?.contains(where: sample.names.containsExactly) != true && options.tokens == nil
      && options.inputs == nil
    if isOpen, isWide(sample, isNumeric: isNumeric) {
      options.layout = .wide
      notes.append(
        InputNote(
          "rows hold numbers side by side and end at different places, so that a row is taken for a sequence",
          remedy: .sayLayout(isHeaderless: false)))
      return
    }
    let resolver = TableLayoutResolver(names: sample.names, options: options, file: "", line: 0)
    let hasID = (try? resolver.headerLayout().id) ?? nil
    if hasID == nil, options.roles.id == nil {
      let blocks = sample.blocks
      if blocks.count > 1, blocks.contains(where: { $0 > 1 }), sample.hasColumnOfNumbers {
        options.layout = .blocks
        notes.append(
          InputNote(
            "blank lines stand between rows and are taken for the ends of sequences",
            remedy: .sayLayout(isHeaderless: false)))
      }
    }
    noteDoubts(sample)
  }

  /// A column of which every cell is numbers with one thing between them, where rows are sequences: each has an id of its own,
  /// or lists differ in length. Nil where there is none, where options name it for something else, or a column is the time.
  private func unbracketedLists(_ sample: TableHead) -> Int? {
    let named = options.categories + options.labels + options.metadata + options.times + options.skipped
    guard options.hasHeader, options.typed == nil, options.tokens == nil || options.tokens == .numbers,
      options.time ?? "" == "", options.roles.valid == nil, !options.isJoined, !hasRepeatedIDs(sample)
    else { return nil }
    let taken = named.exactNames
    let found = ListSample.sure(sample, options: options).filter {
      !taken.contains(ExactName(sample.names[$0.column]))
    }
    let hasTime =
      sample.names.place(of: TableOptions.timeNames) { time in !found.contains { $0.column == time } } != nil
    let hasID = options.roles.id != nil || sample.names.place(of: TableOptions.idNames) != nil
    return hasTime ? nil : found.first { hasID || $0.differs }?.column
  }

  /// Whether a column that may hold the id has a cell twice.
  private func hasRepeatedIDs(_ sample: TableHead) -> Bool {
    let id: Int? =
      options.roles.id.flatMap { name in sample.names.firstIndex { $0.isExactly(name) } }
      ?? sample.names.place(of: TableOptions.idNames)
    guard let id else { return false }
    var (seen, isRepeated) = (Set<[UInt8]>(), false)
    sample.forEachRow { cells, _ in
      if id < cells.count, !seen.insert(cells[id].array).inserted { isRepeated = true }
    }
    return isRepeated
  }

  /// Whether rows are sequences of different lengths: numbers side by side in rows that end early, or in cells without a
  /// number.
  private func isWide(_ sample: TableHead, isNumeric: Bool) -> Bool {
    let isHeaderless = isNumeric || !options.hasHeader
    var ignored: Set<Int> = []
    if !isHeaderless {
      let roles = options.roles
      let given = [roles.id, roles.weight, roles.split, roles.group].compactMap { $0 } + (roles.target ?? [])
      ignored = Set(given.compactMap { name in sample.names.firstIndex { $0.isExactly(name) } })
      ignored.formUnion([sample.names.place(of: TableOptions.idNames)].compactMap { $0 })
      if roles.target == nil { ignored.formUnion([sample.names.place(of: TableOptions.targetNames)].compactMap { $0 }) }
    }
    let wide = WideSample(sample, hasHeader: !isHeaderless, ignoring: ignored)
    guard wide.rows > 1, wide.most - wide.numbersFrom >= 3, wide.numbersFrom <= 1 || !isHeaderless else { return false }
    let ends = wide.fewest < wide.most || wide.padded > 0
    if isHeaderless { return ends && wide.singles == 0 && options.roles.id == nil }
    guard ends, let tail = sample.names.numberedTail, tail.count >= 3, wide.numbersFrom <= tail[tail.count - 3],
      sample.names.place(of: TableOptions.timeNames) == nil
    else { return false }
    return !hasRepeatedIDs(sample)
  }

  /// Says what else the rows may be.
  private mutating func noteDoubts(_ sample: TableHead) {
    let doubtful = sample.dialect.form.isPlain ? ListSample.doubtful(sample, options: options) : []
    if let column = doubtful.first {
      notes.append(
        InputNote(
          "cells of column \(sample.names[column].quotedForMessage) hold numbers side by side, which may be lists",
          remedy: .layOut(.lists)))
    }
    let names = sample.names.map { $0.lowercased() }
    let variable = names.firstIndex {
      ["variable", "parameter", "measurement", "itemid", "signal", "channel"].contains($0)
    }
    let value = names.firstIndex { ["value", "val", "valuenum"].contains($0) }
    if let variable, let value {
      notes.append(
        InputNote(
          "columns \(sample.names[variable].quotedForMessage) and \(sample.names[value].quotedForMessage) may be of a "
            + "measurement a row", remedy: .pivot(variable: sample.names[variable], value: sample.names[value])))
    }
  }
}

extension TableHead {
  /// Whether the first row, which should name the columns, holds numbers but for its first cell.
  var beginsWithNumbers: Bool {
    let rest = names.count == 1 ? names[...] : names.dropFirst()
    let form = dialect.form
    let numbers = rest.map { name in
      name.withByteSlice { $0.isPadding ? nil : form.number($0)?.significand } ?? nil
    }
    let filled = rest.enumerated().filter { !($0.element.withByteSlice { $0.isPadding } ?? true) }
    guard !filled.isEmpty, filled.allSatisfy({ $0.element.withByteSlice { form.number($0) != nil } ?? false }) else {
      return false
    }
    // 0, 1, 2, … are how pandas calls columns.
    let areCounted =
      numbers.count > 1
      && zip(numbers, numbers.dropFirst()).allSatisfy { a, b in
        a.flatMap { a in b.map { $0 == a &+ 1 } } ?? false
      }
    return !(areCounted && rest.allSatisfy { Int($0) != nil })
  }
}
