import Foundation
import RaggedCore
public import RaggedFormats
import RaggedTraining

/// How the files were read that a model was trained on, as its checkpoint keeps it.
enum KeptReadings {
  private static let key = "readings"

  /// The note of a checkpoint, which is left out where nothing is known.
  static func note(_ readings: [FileReading]) throws -> [String: String] {
    guard !readings.isEmpty else { return [:] }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [key: String(decoding: try encoder.encode(readings), as: UTF8.self)]
  }

  /// The readings that a checkpoint keeps; none where it has none.
  static func of(_ checkpoint: Checkpoint) -> [FileReading] {
    guard let text = checkpoint.context.notes[key] else { return [] }
    return (try? JSONDecoder().decode([FileReading].self, from: Data(text.utf8))) ?? []
  }
}

extension TrainedModel {
  /// How the files were read that the model was trained on, each way once and the latest last; none where they are not known.
  public var readings: [FileReading] { KeptReadings.of(checkpoint) }

  /// How a file is read for the model.
  public struct Reading: Sendable, Equatable {
    /// The format; nil where neither the file's name nor the model says one.
    public var format: FileFormat?
    /// What is asked of the reader.
    public var settings: ReaderSettings
    /// Those of the settings that were asked for the training data and are not asked for this file, and so are worth a
    /// word.
    public var remembered: ReaderSettings
    /// Columns that were asked for the training data and that the file lacks, by what they were asked as: they are not asked
    /// for.
    public var lacking: ReaderSettings = [:]
    /// Whether the format is that which was named for the training data, against what the file's name says or where it says
    /// nothing.
    public var remembersFormat: Bool
  }

  /// How a file is read for the model: as the training data was, where nothing else is asked.
  ///
  /// Columns of the training data that the file lacks are not asked for, but for the model's inputs. These are of the kind
  /// and of the extent that the model has them in, however few rows the file has.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: what was named; nil for what the name says, or else that of the training data.
  ///   - formats: those among which names choose.
  ///   - asked: what is asked for this file; it is stronger than anything remembered.
  ///   - purpose: whether what is predicted is read too.
  ///   - names: the names of its columns, where they are known; nil looks for them in the file.
  public func reading(
    of path: String, format: FileFormat? = nil, among formats: [FileFormat] = FormatRegistry.all,
    asked: ReaderSettings = [:], for purpose: FileReading.Purpose, columns names: [String]? = nil
  ) -> Reading {
    let source = InputSource(path)
    let told = source.format(among: formats)
    let kept = FileReading.suited(to: format ?? told, among: readings)
    let named = kept?.format(ofFileEnding: source.ending, isTold: told != nil)
    let remembered = named.flatMap { FileFormat(named: $0, among: formats) }
    guard let chosen = format ?? remembered ?? told else {
      return Reading(format: nil, settings: asked, remembered: [:], remembersFormat: false)
    }
    // How rows and cells are written decides what columns there are.
    let columnsAsked = (kept?.settings(for: chosen, columns: [], purpose: purpose) ?? [:])
      .merging(asked) { _, asked in asked }
    let columns = names ?? FileReader.columnNames(of: path, format: chosen, settings: columnsAsked)
    let earlier = kept?.settings(for: chosen, columns: columns, purpose: purpose) ?? [:]
    var settings = asked
    // A column to which this command gives a role has that role alone.
    let taken = asked.filter { $0.key.givesRole }.values.joined()
    func fill(_ setting: ReaderSetting, _ value: [String]) {
      guard settings[setting] == nil, chosen.takes(setting) || setting.isOfFiles else { return }
      let rest = setting.givesRole ? value.filter { !taken.containsExactly($0) } : value
      if !rest.isEmpty || value.isEmpty { settings[setting] = rest }
    }
    fillColumns(of: chosen, columns, earlier, purpose, fill)
    for (setting, value) in earlier where !ReaderSetting.rolesOfInputs.contains(setting) {
      // A choice that was made otherwise for this file is made.
      if setting.alternatives.contains(where: { asked[$0] != nil }) { continue }
      fill(setting, value)
    }
    // The kind of a target that this file lacks, or of another one than it is asked for, is none's.
    let target = kept?.asked[.target] ?? kept?.found[.target]
    if let target, settings[.target] != target, asked[.targetKind] == nil { settings[.targetKind] = nil }
    if purpose != .targets, settings[.target] == nil { fill(.noTarget, []) }
    let isNew = format == nil && remembered != nil && remembered != told
    let all = kept?.settings(for: chosen, columns: nil, purpose: purpose) ?? [:]
    let lacking = all.filter { setting, names in
      columns != nil && setting.isRole && asked[setting] == nil && earlier[setting] == nil && !names.isEmpty
        && !setting.alternatives.contains { asked[$0] != nil } && kept?.asked[setting] == names
    }
    return Reading(
      format: format ?? remembered, settings: settings,
      remembered: settings.filter { setting, value in
        asked[setting] == nil
          && (kept?.asked[setting] == value
            || [.timeFormat, .decimal].contains(setting) && kept?.found[setting] == value)
      }, lacking: lacking,
      remembersFormat: isNew)
  }

  /// Asks for the model's inputs.
  private func fillColumns(
    of format: FileFormat, _ columns: [String]?, _ earlier: ReaderSettings, _ purpose: FileReading.Purpose,
    _ fill: (ReaderSetting, [String]) -> Void
  ) {
    let input = signature.input
    if earlier[.pivot] != nil {
      // Other files may have other variables, or none of one that the model takes.
      fill(.pivotColumns, (input.timestep.names + input.statics.names).filter { !$0.isDerivedFromTime })
      if !input.statics.isEmpty { fill(.statics, input.statics.names) }
      return
    }
    if input.isFeatures, !input.names.contains(where: \.isDerivedFromTime) {
      if format.hasRowPerTimestep {
        if purpose != .targets { fill(.features, input.names) }
      } else if !format.namesFeatures {
        fill(.featureNames, input.names)
      }
      return
    }
    if let vocabulary = input.tokens?.vocabulary {
      if earlier[.unit] == nil, earlier[.tokenNumbers] == nil, format.isText, !format.hasRowPerTimestep {
        fill(.unit, [vocabulary.unit.rawValue])
      }
      if let features = earlier[.features] { fill(.features, features) }
      return
    }
    guard let columns else {
      for setting in ReaderSetting.rolesOfInputs { earlier[setting].map { fill(setting, $0) } }
      return
    }
    // Of a table, each input is what it was, whatever its first rows look like.
    func present(_ names: [String]) -> [String] { names.filter(columns.containsExactly) }
    let numbers = present((input.timestep.numbers + input.statics.numbers).filter { !$0.isDerivedFromTime })
    let categories = present((input.timestep.categories + input.statics.categories).map(\.name))
    if !numbers.isEmpty { fill(.numbers, numbers) }
    if !categories.isEmpty { fill(.categories, categories) }
    let statics = present(input.statics.names)
    if !statics.isEmpty { fill(.statics, statics) }
    if let labels = earlier[.labels] { fill(.labels, labels) }
    if let skipped = earlier[.skipped] { fill(.skipped, skipped) }
  }
}

extension ReaderSetting {
  /// Those that say which columns are inputs, and what they hold: the model knows that.
  fileprivate static let rolesOfInputs: [ReaderSetting] = [
    .features, .numbers, .categories, .statics, .inputs, .labels, .skipped,
  ]

  /// Whether it says which column has a role beside inputs and target: without it a file is read otherwise, and can be read.
  fileprivate var isRole: Bool {
    switch self {
    case .id, .time, .weight, .valid, .split, .group: true
    default: false
    }
  }

  /// Those beside which this one has no place.
  fileprivate var alternatives: [ReaderSetting] {
    switch self {
    case .target, .targetKind: [.noTarget, .classFrom]
    case .noTarget: [.target, .classFrom]
    case .classFrom: [.target, .noTarget]
    case .unit, .tokenNumbers: [.unit, .tokenNumbers]
    default: []
    }
  }
}

extension String {
  /// Whether it may name a number that was derived from a time: `when:delta`, `when:hour:sin`.
  fileprivate var isDerivedFromTime: Bool {
    TimeDerivation.allCases.contains { $0.names(of: "").contains(where: hasSuffix) }
  }
}
