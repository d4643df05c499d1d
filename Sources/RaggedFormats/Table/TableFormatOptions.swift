/// Options of a format whose rows are those of a table: what ``TableOptions`` say of columns, and nothing of how text is cut into
/// cells, since the format itself says what its columns are called and of which kind they are.
public protocol TableFormatOptions: FormatOptions {
  /// What is asked of the table. A delimiter and a table without header mean nothing here.
  var table: TableOptions { get set }
}

extension TableFormatOptions {
  /// The longest row that is read, in bytes of its text. By default 1 GiB.
  public var maximumLineBytes: Int {
    get { table.maximumLineBytes }
    set { table.maximumLineBytes = newValue }
  }

  /// The options of the table under their names.
  public static var tableFields: [OptionField<Self>] {
    TableOptions.fields.filter { !ReaderSetting.ofTextTables.contains($0.setting) }.map { $0.field(of: \.table) }
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<Self>] { tableFields }

  /// Checks what is asked of a table.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    let asked = table.settings
    if let setting = ReaderSetting.ofTextTables.first(where: { asked[$0] != nil }) {
      throw OptionProblem("\(setting.words) means nothing for the format \(format)")
    }
    try table.check(format)
  }

  /// The options for a reader of the table as text.
  func typed(_ columns: TypedColumns) -> TableOptions {
    var table = table
    table.hasHeader = false
    table.typed = columns
    return table
  }
}

extension ReaderSetting {
  /// What is asked of how text is cut into cells.
  fileprivate static let ofTextTables: [ReaderSetting] = [
    .delimiter, .isHeaderless, .encoding, .decimal, .thousands, .skippedLines, .comment, .unitsRows, .padding,
  ]
}

extension OptionField {
  /// The same option of what holds these options.
  fileprivate func field<Holder>(of path: WritableKeyPath<Holder, Options>) -> OptionField<Holder> {
    OptionField<Holder>(
      setting: setting, value: { value($0[keyPath: path]) }, set: { try set(&$0[keyPath: path], $1) })
  }
}
