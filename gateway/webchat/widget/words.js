// Who includes this script, and the words of the visitor's language: the setting's, else the page's, else the browser's.

const script = document.currentScript;
const { account, identity = "", signature = "" } = script.dataset;
const base = `${new URL(script.src).origin}/webchat/${encodeURIComponent(account)}`;
const language =
  [script.dataset.language, document.documentElement.lang, ...navigator.languages].find((each) => /^(zh|en)\b/i.test(each ?? "")) ?? "en";

const WORDS = {
  zh: {
    title: "在线客服", open: "打开在线客服", close: "关闭", greeting: "您好，请问有什么可以帮您？", write: "请输入…",
    send: "发送", attach: "发送图片或文件，不超过 10 MB", drop: "松开即发送，每个文件不超过 10 MB", you: "我", agent: "客服", system: "系统",
    sending: "发送中", waiting: "联网后自动发送", sent: "已送达", read: "已读", refused: "未能发送", again: "重试", remove: "删除",
    offline: "网络已断开。您写的内容已保存，联网后自动发送。", typing: "对方正在输入…", large: "超过 10 MB，不能发送", empty: "是空文件",
    lost: "文件未能读取，请重试", download: "下载", picture: "图片", long: "最多 4000 字", uploading: "上传中",
    unread: (n) => `${n} 条未读消息`, next: "您是下一位", place: (n) => `您排在第 ${n} 位`, about: (n) => `，预计还要等待约 ${n} 分钟`, wait: "，请稍候。",
    instead: "不再等待", ways: { leave: "取消排队", message: "留言", callback: "请回电" }, when: "希望的时间（选填）",
    wished: { message: "您不必等待，我们稍后在这里回复您。", callback: "我们会尽快回电给您。" },
    nobody: "现在没有客服在线。请留言，我们上线后在这里回复您。", left: "现在没有客服在线。您的留言已收到，我们上线后在这里回复您。",
    name: "姓名", email: "邮箱", phone: "电话", question: "您的问题", consent: "我同意：", start: "开始聊天", skip: "跳过",
    check: "请检查您填写的内容。", mails: "您离开后，我们的答复会发到这里。", optional: "（选填）",
    leave: "留下邮箱，您离开后，我们的答复会发给您。", follow: "请发到这个邮箱", decline: "不用了",
  },
  en: {
    title: "Chat with us", open: "Open the chat", close: "Close", greeting: "Hello, how can we help?", write: "Write a message",
    send: "Send", attach: "Send pictures or files of up to 10 MB", drop: "Drop to send, up to 10 MB each", you: "You", agent: "Agent",
    system: "Service", sending: "Sending", waiting: "Will be sent when you are online", sent: "Delivered", read: "Read",
    refused: "Not sent", again: "Try again", remove: "Remove",
    offline: "You are offline. What you write is kept and sent when you are back.", typing: "Writing…",
    large: "has more than 10 MB and cannot be sent", empty: "is empty", lost: "The file could not be read, please try again",
    download: "Download", picture: "Picture", long: "Up to 4,000 characters", uploading: "Uploading",
    unread: (n) => `${n} unread`, next: "You are next", place: (n) => `You are number ${n} in line`, about: (n) => `, about ${n} min to wait`, wait: ".",
    instead: "Instead of waiting", when: "When (optional)",
    ways: { leave: "Leave the queue", message: "Leave a message", callback: "Call me back" },
    wished: { message: "You need not wait, we will answer here later.", callback: "We will call you back." },
    nobody: "Nobody is here right now. Leave a message, and we will answer here when we are back.",
    left: "Nobody is here right now. We have your message and will answer here when we are back.",
    name: "Name", email: "E-mail", phone: "Phone", question: "Your question", consent: "I agree: ", start: "Start the chat", skip: "Skip",
    check: "Please check what you filled in.", mails: "What we answer after you left is sent there.", optional: " (optional)",
    leave: "Leave an e-mail address, and our answer follows you when you are gone.", follow: "Send it to this address",
    decline: "No, thanks",
  },
};
const words = WORDS[language.slice(0, 2).toLowerCase()];
