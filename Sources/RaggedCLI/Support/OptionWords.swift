import Ragged

extension ReaderSetting {
  /// The option that sets it, without dashes.
  var option: String {
    switch self {
    case .id: "id"
    case .features: "features"
    case .featureNames: "feature-names"
    case .target, .noTarget: "target"
    case .targetKind: "target-kind"
    case .targetValueNames: "target-names"
    case .weight: "weight"
    case .time: "time"
    case .numbers: "number"
    case .categories: "category"
    case .labels: "labels"
    case .labelSeparator: "labels-separator"
    case .statics: "static"
    case .inputs: "input-columns"
    case .skipped: "skip"
    case .valid: "valid"
    case .split: "split-column"
    case .group: "group-column"
    case .metadata: "metadata"
    case .metadataObject: "metadata-object"
    case .missing: "missing"
    case .delimiter: "delimiter"
    case .isHeaderless: "no-header"
    case .classes: "classes"
    case .unit, .tokenNumbers: "tokens"
    case .lengths: "lengths"
    case .mask: "mask"
    case .offsets: "offsets"
    case .keyFrom: "key-from"
    case .classFrom: "class-from"
    case .splitFrom: "split-from"
    case .join: "join"
    case .joinKey: "join-key"
    case .joinColumns: "join-columns"
    case .padding: "padding"
    case .width: "width"
    case .emptyLines: "keep-empty-lines"
    case .encoding: "encoding"
    case .decimal: "decimal"
    case .thousands: "thousands"
    case .skippedLines: "skip-lines"
    case .comment: "comment"
    case .unitsRows: "units-rows"
    case .query: "query"
    case .layout: "layout"
    case .channelOrder: "channels"
    case .listSeparator: "list-separator"
    case .pivot: "pivot"
    case .pivotValue: "value"
    case .pivotColumns: "pivot-columns"
    case .pivotTies: "pivot-ties"
    case .timeFormat: "time-format"
    case .order: "order"
    case .rowGrouping: "group-rows"
    case .blankIDs: "blank-ids"
    }
  }

  /// The order in which a command names them.
  fileprivate static let inCommands: [ReaderSetting] = {
    let first: [ReaderSetting] = [
      .id, .features, .featureNames, .target, .noTarget, .targetKind, .targetValueNames, .weight, .time, .numbers,
      .categories, .labels, .labelSeparator, .statics, .inputs, .skipped, .valid, .split, .group, .metadata,
      .metadataObject, .classes, .tokenNumbers, .unit,
    ]
    return first + allCases.filter { !first.contains($0) }
  }()

  /// The value as it stands behind the option; nil for a flag.
  fileprivate func word(_ value: [String]) -> String? {
    switch self {
    case .isHeaderless, .emptyLines: nil
    case .noTarget: "none"
    case .tokenNumbers: "numbers"
    case .time where value == [""], .thousands where value == [""], .comment where value == [""],
      .order where value == [""]:
      "none"
    case .inputs where value.isEmpty: "none"
    // A column of that name.
    case .target where value == ["none"], .inputs where value == ["none"], .time where value == ["none"]: "\"none\""
    case .delimiter where value == ["\t"]: "tab"
    case .missing where value == [""]: ""
    case .id, .targetKind, .weight, .labelSeparator, .valid, .split, .group, .metadataObject, .unit, .lengths, .mask,
      .offsets, .delimiter, .keyFrom, .classFrom, .splitFrom, .join, .joinKey, .padding,
      .width:
      value.first ?? ""
    default: value.textList
    }
  }
}

extension ReaderSettings {
  /// As options of a command, each word not yet quoted for a shell.
  var optionWords: [String] {
    ReaderSetting.inCommands.flatMap { setting -> [String] in
      guard let value = self[setting] else { return [] }
      return Self.words(setting.option, setting.word(value))
    }
  }

  /// An option with its value; nil is a flag.
  static func words(_ option: String, _ value: String?) -> [String] {
    guard let value else { return ["--\(option)"] }
    return value.hasPrefix("-") ? ["--\(option)=\(value)"] : ["--\(option)", value]
  }
}
