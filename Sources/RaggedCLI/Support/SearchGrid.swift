import ArgumentParser
import Ragged
import Yams

/// The combinations of a configuration file some of whose keys have a list of values.
struct SearchGrid {
  /// One combination.
  struct Trial {
    /// The values of the keys that are searched, by their names.
    var settings: [String: String]
    /// What the command line of "ragged train" would say.
    var arguments: [String]
    var command: TrainCommand
  }

  /// A key with what the command line would say for each of its values.
  private struct Axis {
    var name: String
    var values: [(text: String, arguments: [String])]
    var isPositional: Bool
  }

  private let path: String
  private let axes: [Axis]

  /// Combinations at most.
  private static let limit = 1_000_000
  /// Keys of a run by itself.
  private static let ownKeys: Set = [
    "output", "force", "resume", "folds", "by", "stratify", "json", "tensorboard", "busy-timeout", "quiet", "verbose",
    "color", "config", "print-config",
  ]
  /// Keys with one value for all: those that say what trials are judged by, or where.
  private static let sharedKeys: Set = [
    "store", "dataset", "target", "validation-split", "validation-fraction", "monitor", "threads", "no-record",
  ]

  /// Reads a file.
  /// - Throws: ``ConfigError`` that says where it is wrong.
  init(path: String) throws {
    self.path = path
    let keys = ConfigKey.all(of: TrainCommand.self)
    var axes: [Axis] = []
    for entry in try ConfigFile(path: path, allowsNullInLists: true).entries {
      guard let key = keys.first(where: { $0.name == entry.key }), !Self.ownKeys.contains(key.name) else {
        if let key = keys.first(where: { $0.name == entry.key }) {
          // A printed configuration has every key.
          if try Self.isUsual(entry, of: key, path: path) { continue }
          throw ConfigError(
            path, line: entry.line,
            "\"\(entry.key)\" has no place in a search: it is said on the command line, or of a run by itself")
        }
        let names = keys.map(\.name).filter { !Self.ownKeys.contains($0) }
        let meant = names.nearest(to: entry.key).map { ", did you mean \"\($0)\"?" }
        throw ConfigError(
          path, line: entry.line,
          "unknown key \"\(entry.key)\"\(meant ?? "; \"ragged train --print-config\" prints all there are")")
      }
      let values = entry.form == .list ? entry.items.map { single($0, of: entry) } : [entry]
      if values.isEmpty { throw ConfigError(path, line: entry.line, "\"\(entry.key)\" is a list without a value") }
      if values.count > 1, Self.sharedKeys.contains(key.name) {
        throw ConfigError(
          path, line: entry.line,
          "\"\(key.name)\" has \(values.count) values, expected one: all trials are judged alike")
      }
      let said: [(text: String, arguments: [String])] = try values.map { value in
        let arguments = try key.arguments(for: value, separator: nil, path: path)
        return (text: value.items.first?.string ?? "null", arguments: arguments)
      }
      axes.append(Axis(name: key.name, values: said, isPositional: key.isPositional))
    }
    guard axes.contains(where: \.isPositional) else {
      throw ConfigError(path, "there is no key \"store\", which names the store to train on")
    }
    self.axes = axes
  }

  /// Whether an entry says what holds without it.
  private static func isUsual(_ entry: ConfigFile.Entry, of key: ConfigKey, path: String) throws -> Bool {
    let said = try key.arguments(for: entry, separator: nil, path: path)
    func value(_ arguments: [String]) -> ConfigValue? {
      guard let command = try? TrainCommand.parse(["-"] + arguments) else { return nil }
      return ConfigKey.all(of: TrainCommand.self, parsed: command).first { $0.name == key.name }?.value
    }
    return said.isEmpty || value(said) == value([])
  }

  /// The keys with several values, in the order of the file.
  var searched: [String] { axes.filter { $0.values.count > 1 }.map(\.name) }

  /// Combinations in all; nil where they are more than are ever tried.
  private var count: Int? {
    var count = 1
    for axis in axes {
      count *= axis.values.count
      if count > Self.limit { return nil }
    }
    return count
  }

  /// `learning-rate 0.01, model lstm(32)`.
  func words(_ settings: [String: String]) -> String {
    searched.map { "\($0) \(settings[$0] ?? "")" }.joined(separator: ", ")
  }

  /// The combinations that are tried: all, or some that are drawn without drawing any twice.
  /// - Throws: ``ConfigError`` for more combinations than anybody tries, and for a combination that "ragged train" refuses.
  func trials(drawing number: Int?, seed: UInt64) throws -> [Trial] {
    guard let count else {
      throw ConfigError(path, "the lists have more than \(Self.limit.grouped) combinations, which no search tries")
    }
    var places = Array(0..<count)
    if let number {
      var random = SeededRandom(seed: seed, stream: StableHash.of("search"))
      random.shuffle(&places)
      places = Array(places.prefix(number))
    }
    return try places.map(trial)
  }

  private func trial(_ place: Int) throws -> Trial {
    var (rest, chosen) = (place, [Int](repeating: 0, count: axes.count))
    // The last key changes fastest.
    for axis in axes.indices.reversed() {
      let (quotient, value) = rest.quotientAndRemainder(dividingBy: axes[axis].values.count)
      (rest, chosen[axis]) = (quotient, value)
    }
    var (positional, options): ([String], [String]) = ([], [])
    var settings: [String: String] = [:]
    for (axis, value) in zip(axes, chosen) {
      if axis.isPositional {
        positional += axis.values[value].arguments
      } else {
        options += axis.values[value].arguments
      }
      if axis.values.count > 1 { settings[axis.name] = axis.values[value].text }
    }
    do {
      return Trial(
        settings: settings, arguments: positional + options, command: try TrainCommand.parse(positional + options))
    } catch {
      throw ConfigError(path, "\(words(settings)): \(TrainCommand.message(for: error))", .usage)
    }
  }
}

/// One value of a list as an entry by itself.
private func single(_ item: ConfigFile.Scalar, of entry: ConfigFile.Entry) -> ConfigFile.Entry {
  ConfigFile.Entry(key: entry.key, line: entry.line, items: Node.scalar(item).isNull ? [] : [item])
}
