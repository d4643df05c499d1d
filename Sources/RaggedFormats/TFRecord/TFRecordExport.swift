import Foundation
import RaggedCore
import RaggedProtobuf
import SwiftProtobuf

/// Writes TensorFlow's records: a `SequenceExample` a sequence.
///
/// Context: `key`, `split`, `length`, and where there are any `label` (the class's number) and `class` (its name), `target`
/// (values a sequence), `weight`, `group`, `metadata`, `feature_names`, `target_names`, `target_kind`, `token_unit`.
/// Feature lists, an entry a timestep: `values` (all features) or `tokens` and `text`, `label` and `class` or `target` where
/// there is a target a timestep, `valid` where a timestep is invalid.
struct TFRecordExport: ExportWriter {
  private let signature: SequenceSignature
  private let sink: ExportSink
  private let constants: [String: TFFeature]
  let losses: [String] = []
  var readerOptions: any FormatOptions { TFRecordOptions() }

  init(_ signature: SequenceSignature, _ sink: ExportSink) {
    self.signature = signature
    self.sink = sink
    var constants: [String: TFFeature] = [:]
    switch signature.input {
    case .features(let names): constants["feature_names"] = .texts(names)
    case .tokens(_, let vocabulary): if let vocabulary { constants["token_unit"] = .texts([vocabulary.unit.rawValue]) }
    }
    if let kind = TargetKind(signature.target) { constants["target_kind"] = .texts([kind.rawValue]) }
    if !signature.target.isClass, signature.target != .none {
      constants["target_names"] = .texts(signature.target.names)
    }
    self.constants = constants
  }

  func write(_ sequence: StoredSequence) throws {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let record: [UInt8]
    do {
      record = try example(sequence).serializedBytes(options: options)
    } catch {
      throw ExportError(
        .mismatch, "sequence \(sequence.texts.key.quotedForMessage) does not fit into one record: \(error)")
    }
    try sink.write(TFRecordFrame.head(length: record.count))
    try sink.write(record)
    try sink.write(TFRecordFrame.sum(record))
  }

  private func example(_ sequence: StoredSequence) -> TFSequenceExample {
    var context = constants
    let texts = sequence.texts
    context["key"] = .texts([texts.key])
    context["split"] = .texts([texts.split])
    context["length"] = .integers([Int64(sequence.length)])
    context["weight"] = texts.weight.map { .floats([$0]) }
    context["group"] = texts.group.map { .texts([$0]) }
    context["metadata"] = texts.metadata.map { .texts([$0]) }
    var lists: [String: TFFeatureList] = [:]
    switch sequence.input {
    case .values(let values, let width): lists["values"] = .steps(values, width: width)
    case .tokens(let tokens):
      lists["tokens"] = .steps(tokens.map { .integers([Int64($0)]) })
      if signature.hasVocabulary {
        lists["text"] = .steps(tokens.map { .texts([signature.text(ofToken: $0) ?? ""]) })
      }
    }
    switch sequence.targets {
    case .none: break
    case .classPerSequence(let classes):
      context["label"] = .integers([Int64(classes[0])])
      context["class"] = .texts([signature.name(ofClass: classes[0])])
    case .classPerTimestep(let classes):
      lists["label"] = .steps(classes.map { .integers([Int64($0)]) })
      lists["class"] = .steps(classes.map { .texts([signature.name(ofClass: $0)]) })
    case .valuesPerSequence(let values, _): context["target"] = .floats(values)
    case .valuesPerTimestep(let values, let width): lists["target"] = .steps(values, width: width)
    }
    lists["valid"] = sequence.validity.map { .steps($0.map { .integers([$0 ? 1 : 0]) }) }
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

  /// `[T, width]` numbers, a feature a timestep.
  fileprivate static func steps(_ values: [Float], width: Int) -> TFFeatureList {
    .steps(stride(from: 0, to: values.count, by: width).map { .floats(Array(values[$0..<$0 + width])) })
  }
}
