public import ArgumentParser

/// A value that a command takes by name, as a key of a configuration file.
struct ConfigKey {
  /// What a value looks like in the file.
  enum Kind: Equatable {
    case flag, count, integer, number, text
  }

  var argument: CommandDescription.Argument
  var kind: Kind
  /// Whether a text stands for a value.
  var accepts: (String) -> Bool
  /// The value that a parsed command has, nil where it has none.
  var value: ConfigValue?

  /// The option's name without dashes: `batch-size`.
  var name: String { argument.key }
  /// Whether it is given by its place on the command line rather than by name.
  var isPositional: Bool { argument.isPositional }
}

/// A value of a parsed command.
enum ConfigValue: Equatable {
  case flag(Bool)
  case count(Int)
  /// As it would stand on the command line.
  case text(String)
}

/// A property wrapper of a command, which says what it takes.
private protocol ConfigWrapper {
  static var kind: ConfigKey.Kind { get }
  static func accepts(_ text: String) -> Bool
  /// Only of a parsed command.
  var configValue: ConfigValue? { get }
}

/// The groups of a command, whose properties stand for the command's own.
private protocol ConfigGroup {
  func parsed() -> Any
  static func fresh() -> Any
}

private protocol OptionalValue {
  static var wrapped: Any.Type { get }
  var content: Any? { get }
}

extension Swift.Optional: OptionalValue {
  fileprivate static var wrapped: Any.Type { Wrapped.self }
  fileprivate var content: Any? { map { $0 } }
}

extension ConfigKey.Kind {
  fileprivate init(of type: Any.Type) {
    switch type {
    case let type as any OptionalValue.Type: self = ConfigKey.Kind(of: type.wrapped)
    case is Bool.Type: self = .flag
    case is any FixedWidthInteger.Type: self = .integer
    case is any BinaryFloatingPoint.Type: self = .number
    default: self = .text
    }
  }
}

private func parses(_ text: String, as type: Any.Type) -> Bool {
  if let type = type as? any OptionalValue.Type { return parses(text, as: type.wrapped) }
  guard let type = type as? any ExpressibleByArgument.Type else { return true }
  return type.init(argument: text) != nil
}

private func configText(_ value: Any) -> ConfigValue? {
  if let optional = value as? any OptionalValue { return optional.content.flatMap(configText) }
  if let values = value as? [String] { return values.joinedList.map { .text($0) } }
  if let named = value as? any RawRepresentable { return .text("\(named.rawValue)") }
  return .text("\(value)")
}

extension Option: ConfigWrapper {
  fileprivate static var kind: ConfigKey.Kind { ConfigKey.Kind(of: Value.self) }
  fileprivate static func accepts(_ text: String) -> Bool { parses(text, as: Value.self) }
  fileprivate var configValue: ConfigValue? { configText(wrappedValue) }
}

extension Argument: ConfigWrapper {
  fileprivate static var kind: ConfigKey.Kind { ConfigKey.Kind(of: Value.self) }
  fileprivate static func accepts(_ text: String) -> Bool { parses(text, as: Value.self) }
  fileprivate var configValue: ConfigValue? { configText(wrappedValue) }
}

extension Flag: ConfigWrapper {
  fileprivate static var kind: ConfigKey.Kind { Value.self == Int.self ? .count : .flag }
  fileprivate static func accepts(_ text: String) -> Bool { true }
  fileprivate var configValue: ConfigValue? {
    if let count = wrappedValue as? Int { return .count(count) }
    return (wrappedValue as? Bool).map(ConfigValue.flag)
  }
}

extension OptionGroup: ConfigGroup {
  fileprivate func parsed() -> Any { wrappedValue }
  fileprivate static func fresh() -> Any { Value() }
}

extension ConfigKey {
  /// Every value that a command takes, its groups' too, in the order of their declaration. A new option is a new key by
  /// itself: its type gives the kind, the command's own help the text.
  /// - Parameter command: a parsed command, whose values the keys then have; nil for keys without values.
  static func all<Command: ParsableCommand>(of type: Command.Type, parsed command: Command? = nil) -> [ConfigKey] {
    let described = Dictionary(
      CommandDescription(of: type).arguments.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    return wrappers(of: command ?? Command(), isParsed: command != nil).compactMap { label, wrapper in
      // Names are those that the command line has; a property without an option of its name has another one there.
      guard let argument = described[label.kebab] else { return nil }
      let type = Swift.type(of: wrapper)
      return ConfigKey(
        argument: argument, kind: type.kind, accepts: type.accepts, value: command == nil ? nil : wrapper.configValue)
    }
  }

  private static func wrappers(of value: Any, isParsed: Bool) -> [(String, any ConfigWrapper)] {
    Mirror(reflecting: value).children.flatMap { child -> [(String, any ConfigWrapper)] in
      let label = (child.label ?? "").drop { $0 == "_" }
      if let group = child.value as? any ConfigGroup {
        return wrappers(of: isParsed ? group.parsed() : type(of: group).fresh(), isParsed: isParsed)
      }
      return (child.value as? any ConfigWrapper).map { [(String(label), $0)] } ?? []
    }
  }
}

extension String {
  /// `validationSplit` as `validation-split`.
  fileprivate var kebab: String {
    reduce(into: "") { text, letter in
      if letter.isUppercase, !text.isEmpty { text += "-" }
      text += letter.lowercased()
    }
  }
}
