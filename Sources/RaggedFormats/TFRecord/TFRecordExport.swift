import Foundation
import RaggedCore
import RaggedProtobuf
import SwiftProtobuf

/// Writes TensorFlow's records: a `SequenceExample` a sequence.
///
/// Context: `key`, `split`, `length`, and where there are any `label` (the class's number) and `class` (its name), `target`
/// (values per sequence), `weight`, `group`, `metadata`, `feature_names`, `target_names`, `target_kind`, `token_unit`.
/// Feature lists, an entry a timestep: `values` (all features) or `tokens` and `text`, `label` and `class` or `target` where
/// there is a target per timestep, `valid` where a timestep is invalid. A further column is `column/NAME`, in the context or
/// among the lists, and `column_names`, `column_kinds`, `column_extents` and `column_roles` say which there are; a missing
/// cell is NaN, an empty text or the least whole number, and a missing target NaN, or an empty `class` and the `label` -1.
/// Labels are texts of a feature of the context.
struct TFRecordExport: ExportWriter {
  private let sink: ExportSink
  private let constants: [String: TFFeature]
  private let further: [Column]
  private let classCount: Int
  let losses: [String] = []
  var readerOptions: any FormatOptions { TFRecordOptions() }

  /// - Throws: ``ExportError`` for sequences without features, which a record cannot hold.
  init(_ source: some ExportedSequences, _ sink: ExportSink) throws {
    let signature = source.signature
    guard signature.input.isTokens || signature.input.featureCount > 0 else {
      throw ExportError(.mismatch, "tfrecord cannot hold sequences without features; use jsonl, csv or npz")
    }
    self.sink = sink
    further = source.furtherColumns
    classCount = signature.target.isClass ? signature.target.names.count : 0
    var constants: [String: TFFeature] = [:]
    if let column = signature.input.tokens {
      if let vocabulary = column.vocabulary { constants["token_unit"] = .texts([vocabulary.unit.rawValue]) }
    } else {
      constants["feature_names"] = .texts(signature.input.names)
    }
    if let kind = TargetKind(signature.target) { constants["target_kind"] = .texts([kind.rawValue]) }
    if !signature.target.isClass, signature.target != .none {
      constants["target_names"] = .texts(signature.target.names)
    }
    if !further.isEmpty {
      constants["column_names"] = .texts(further.map(\.name))
      constants["column_kinds"] = .texts(further.map(\.kind.rawValue))
      constants["column_extents"] = .texts(further.map { ($0.kind == .time ? .timestep : $0.extent).rawValue })
      constants["column_roles"] = .texts(further.map(\.role.rawValue))
    }
    if signature.target.isClass, source.classColumn != SequenceSignature.classColumn {
      constants["class_column"] = .texts([source.classColumn])
    }
    self.constants = constants
  }

  func write(_ record: SequenceRecord) throws {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let bytes: [UInt8]
    do {
      bytes = try example(record).serializedBytes(options: options)
    } catch {
      throw ExportError(.mismatch, "sequence \(record.key.quotedForMessage) does not fit into one record: \(error)")
    }
    try sink.write(TFRecordFrame.head(length: bytes.count))
    try sink.write(bytes)
    try sink.write(TFRecordFrame.sum(bytes))
  }

  /// The number of a class, -1 where it is missing.
  private func number(_ code: Int32) -> Int64 { Int(code) < classCount ? Int64(code) : -1 }

  private func example(_ record: SequenceRecord) -> TFSequenceExample {
    var context = constants
    context["key"] = .texts([record.key])
    context["split"] = record.split.map { .texts([$0]) }
    context["length"] = .integers([Int64(record.length)])
    context["weight"] = record.weight.map { .floats([$0]) }
    context["group"] = record.group.map { .texts([$0]) }
    context["metadata"] = record.metadata.map { .texts([$0]) }
    var lists: [String: TFFeatureList] = [:]
    switch record.input {
    case .values(let values, let width): lists["values"] = .steps(values, width: width)
    case .tokens(let numbers): lists["tokens"] = .steps(numbers.map { .integers([Int64($0)]) })
    case .texts(let texts):
      lists["tokens"] = .steps(texts.codes.map { .integers([Int64($0)]) })
      lists["text"] = .steps(texts.map { .texts([$0 == Vocabulary.unknownText ? "" : $0]) })
    }
    switch record.target {
    case .none: break
    case .classPerSequence(let label):
      context["label"] = .integers([number(label.codes[0])])
      context["class"] = .texts([label[0]])
    case .classPerTimestep(let labels):
      lists["label"] = .steps(labels.codes.map { .integers([number($0)]) })
      lists["class"] = .steps(labels.map { .texts([$0]) })
    case .values(let values): context["target"] = .floats(values)
    case .stepValues(let values, let width): lists["target"] = .steps(values, width: width)
    }
    for (column, cells) in zip(further, record.cells) {
      if column.extent == .labels, case .categories(let labels) = cells {
        context["column/" + column.name] = .texts(Array(labels))
        continue
      }
      let features: [TFFeature] =
        switch cells {
        case .numbers(let numbers): numbers.map { .floats([$0]) }
        case .categories(let texts): texts.map { .texts([$0]) }
        case .times(let times): times.map { .integers([$0]) }
        }
      if column.extent == .timestep || column.kind == .time {
        lists["column/" + column.name] = .steps(features)
      } else {
        context["column/" + column.name] = features[0]
      }
    }
    lists["valid"] = record.validity.map { .steps($0.map { .integers([$0 ? 1 : 0]) }) }
    var example = TFSequenceExample()
    example.context.feature = context
    example.featureLists.featureList = lists
    return example
  }
}

extension TFFeature {
  fileprivate static func texts(_ texts: [String]) -> TFFeature {
    var feature = TFFeature()
    feature.bytesList.value = texts.map { Data($0.utf8) }
    return feature
  }

  fileprivate static func integers(_ numbers: [Int64]) -> TFFeature {
    var feature = TFFeature()
    feature.int64List.value = numbers
    return feature
  }

  fileprivate static func floats(_ numbers: [Float]) -> TFFeature {
    var feature = TFFeature()
    feature.floatList.value = numbers
    return feature
  }
}

extension TFFeatureList {
  fileprivate static func steps(_ features: [TFFeature]) -> TFFeatureList {
    var list = TFFeatureList()
    list.feature = features
    return list
  }

  /// `[T, width]` numbers, a feature per timestep.
  fileprivate static func steps(_ values: [Float], width: Int) -> TFFeatureList {
    .steps(stride(from: 0, to: values.count, by: width).map { .floats(Array(values[$0..<$0 + width])) })
  }
}
